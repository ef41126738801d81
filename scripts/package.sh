#!/bin/sh
# Builds the collection, or takes $ARTIFACT, installs it where nothing else is, and runs the demo from there.
set -eu
project=$(cd "$(dirname "$0")/.." && pwd)
folder=$project/.work/package
PATH=$project/.venv/bin:$PATH

rm -rf "$folder"
mkdir -p "$folder/installed"
cd "$project"
if [ -n "${ARTIFACT:-}" ]; then
    cp "$ARTIFACT" "$folder"
else
    ansible-galaxy collection build --output-path "$folder"
fi

cd "$folder"
export ANSIBLE_COLLECTIONS_PATH="$folder/installed"
ansible-galaxy collection install --offline --collections-path "$folder/installed" "$folder"/*.tar.gz

cd "$folder/installed/ansible_collections/bluegreen/postgresql"
mkdir -p .work "$project/.work/binaries"
ln -s "$project/.work/binaries" .work/binaries
python -m demo "$@"
