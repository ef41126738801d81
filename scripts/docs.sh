#!/bin/sh
# Builds the documentation site into .work/docs/html. A warning is an error.
set -eu
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$project/.work/docs
tools=$project/.venv-release/bin
collection=$folder/ansible_collections/bluegreen/postgresql

rm -rf "$folder"
mkdir -p "$collection" "$folder/source/reference"
cd "$project"
git ls-files -z plugins roles playbooks meta docs galaxy.yml README.md | xargs -0 cp --parents --target-directory="$collection"
"$tools/python" -m scripts.write_site_sources "$folder/source"
"$tools/python" -m scripts.write_site_reference "$collection" "$folder/source"

# antsibull-docs writes into a folder only when nobody else may.
chmod 755 "$folder/source/reference"
PATH=$tools:$PATH ANSIBLE_COLLECTIONS_PATH=$folder "$tools/antsibull-docs" --config-file docs/site/antsibull.cfg collection \
    --use-current --squash-hierarchy --dest-dir "$folder/source/reference" bluegreen.postgresql
# The theme has a table of contents of its own, and shows an error where a page has another.
sed -i '/^\.\. contents::$/,/^$/d' "$folder"/source/reference/*.rst
"$tools/sphinx-build" --quiet --fail-on-warning --keep-going -b html "$folder/source" "$folder/html"
echo "The site is $folder/html/index.html"
