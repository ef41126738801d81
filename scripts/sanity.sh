#!/usr/bin/env bash
# Runs every test of `ansible-test sanity` on a copy of the collection, with no ignore file.
set -euo pipefail
shopt -s extglob nullglob

project=$(cd "$(dirname "$0")/.." && pwd)
python=$project/.venv/bin/python
copy=$project/.work/sanity/ansible_collections/bluegreen/postgresql

# ansible-test insists on this path, and skips every target when the copy is no repository of its own.
copy_collection() {
    rm -rf "$copy"
    mkdir -p "$copy"
    cd "$project"
    git ls-files -z --cached --others --exclude-standard -- . ':!collections' |
        while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
        tar --create --null --files-from=- | tar --extract --directory="$copy"
    cd "$copy"
    git init --quiet
    echo tests/output/ >.git/info/exclude
    git add --all
}

# The address is ansible-test's own; the stand-in serves where it is out of reach.
provide_get_pip() {
    "$python" - "$project/scripts/get_pip.py" <<'PYTHON'
import pathlib
import shutil
import sys
import types
import urllib.error
import urllib.request

import ansible_test

sys.path.insert(0, str(pathlib.Path(ansible_test.__file__).parents[1]))
from ansible_test._internal.python_requirements import get_venv_packages

current = "{}.{}".format(*sys.version_info)
pip = get_venv_packages(types.SimpleNamespace(version=current))["pip"]
cached = pathlib.Path.home() / ".ansible/test/cache" / "get_pip_{}.py".format(pip.replace(".", "_"))
if not cached.exists():
    cached.parent.mkdir(parents=True, exist_ok=True)
    try:
        address = f"https://ci-files.testing.ansible.com/ansible-test/get-pip-{pip}.py"
        with urllib.request.urlopen(address, timeout=10) as answer:
            cached.write_bytes(answer.read())
    except (urllib.error.URLError, TimeoutError):
        shutil.copy(sys.argv[1], cached)
PYTHON
}

works() { "$1" -c 'import ensurepip' >/dev/null 2>&1; }

# ansible-test takes each python3.N of PATH for one that works, which the shims of version managers need not be.
path_of_working_interpreters() {
    local bin=$project/.work/sanity/bin folder interpreter kept=""
    rm -rf "$bin"
    mkdir -p "$bin"
    for interpreter in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.9.*/bin/python3.9; do
        ! works "$interpreter" || ln -sf "$interpreter" "$bin/python3.9"
    done
    while IFS= read -r -d : folder; do
        for interpreter in "$folder"/python3.+([0-9]); do
            [ ! -x "$interpreter" ] || works "$interpreter" || continue 2
        done
        kept=$kept:$folder
    done <<<"$PATH:"
    echo "$bin$kept"
}

copy_collection
provide_get_pip
PATH=$project/.venv/bin:$(path_of_working_interpreters)
export PATH

output=$project/.work/sanity/output.txt
"$project/.venv/bin/ansible-test" sanity --venv --color no "$@" 2>&1 | tee "$output"
if grep --quiet "All targets skipped" "$output"; then
    echo "ansible-test looked at nothing." >&2
    exit 1
fi
