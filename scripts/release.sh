#!/bin/sh
# Builds a release from the last commit into .work/release, and tries all of it. docs/releases.md says what is tried.
set -eu
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$project/.work/release
tools=$project/.venv-release/bin
cd "$project"

if [ -n "$(git status --porcelain)" ]; then
    echo "The tree is not clean. Nothing was built. Commit or stash what git status shows, then run make release again." >&2
    exit 1
fi
rm -rf "$folder"
mkdir -p "$folder/source" "$folder/empty"
git archive HEAD | tar --extract --directory "$folder/source"
version=$(sed -n 's/^version: *//p' galaxy.yml)

echo "== The changelog of $version"
cd "$folder/source"
"$tools/antsibull-changelog" lint
"$tools/antsibull-changelog" release --version "$version" --date "$(git -C "$project" log -1 --format=%cs)"
cp CHANGELOG.rst "$folder"

echo "== The artifact"
"$tools/ansible-galaxy" collection build --output-path "$folder"
artifact=$folder/bluegreen-postgresql-$version.tar.gz

echo "== Galaxy's importer"
cd "$folder"
PATH=$tools:$PATH "$tools/python" -m galaxy_importer.main "$artifact" >importer.log 2>&1 || true
if ! grep -q '^Importer processing completed successfully' importer.log || grep -E '^(ERROR|WARNING)' importer.log; then
    tail -n 20 importer.log >&2
    echo "The importer does not take the artifact; $folder/importer.log says why." >&2
    exit 1
fi

echo "== The documentation of plugins, roles and the collection"
mkdir -p "$folder/ansible_collections/bluegreen/postgresql"
tar --extract --gzip --file "$artifact" --directory "$folder/ansible_collections/bluegreen/postgresql"
(cd "$folder/ansible_collections/bluegreen/postgresql" &&
    PATH=$tools:$PATH "$tools/antsibull-docs" lint-collection-docs --plugin-docs --skip-rstcheck .)
"$project/scripts/docs.sh"
cp -r "$project/.work/docs/html" "$folder/site"

echo "== The execution environment"
mkdir "$folder/environment"
"$tools/ansible-builder" introspect "$folder" >"$folder/environment/introspected.txt"
grep -q psycopg2 "$folder/environment/introspected.txt"
cp "$project"/docs/examples/awx/execution-environment.yml "$folder/environment"
cp "$artifact" "$folder/environment"
(cd "$folder/environment" && "$tools/ansible-builder" create --file execution-environment.yml)

echo "== The commands of docs/installation.md, in an empty folder"
cp "$artifact" "$folder/empty"
{
    echo "set -eu"
    sed -n 's/^[$] //p' "$project/docs/installation.md"
    echo "venv/bin/ansible-galaxy collection verify --offline bluegreen.postgresql"
} >"$folder/installation.sh"
(cd "$folder/empty" && env -u ANSIBLE_COLLECTIONS_PATH -u PYTHONPATH -u VIRTUAL_ENV HOME="$folder/empty" \
    sh "$folder/installation.sh" >"$folder/installation.log" 2>&1) || {
    tail -n 20 "$folder/installation.log" >&2
    exit 1
}

echo "== The demo, from the installed artifact"
ARTIFACT=$artifact "$project/scripts/package.sh"

echo "== Checksums and the bill of materials"
"$tools/cyclonedx-py" requirements --output-reproducible --output-file "$folder/sbom.cdx.json" "$project/requirements.txt"
(cd "$folder" && sha256sum "$(basename "$artifact")" sbom.cdx.json CHANGELOG.rst >SHA256SUMS && sha256sum --check --quiet SHA256SUMS)
echo "Built and tried: $artifact"
