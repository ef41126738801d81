#!/bin/sh
# Makes an environment, .venv or $VENV, with what demo and tests need, or with what $LOCK names. $ANSIBLE_CORE (2.18) names
# another release than the locked one. An interpreter counts when it runs: a version manager's shim need not.
set -eu
cd "$(dirname "$0")/.."

works() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

interpreter() {
    for candidate in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
        if works "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    echo "No Python 3.11 or newer with venv was found (tried: ${PYTHON:-python3.14 to python3.11, python3})." >&2
    echo "On Debian and Ubuntu: apt install python3-venv. Or name an interpreter: make venv PYTHON=/path/to/python3" >&2
    return 1
}

install() {
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check "$@"
}

# An old .venv is on the path of make, twice where it was activated, and is no base for a new one.
PATH=$(printf %s "$PATH" | tr : '\n' | grep -vxF "$PWD/.venv/bin" | paste -sd : -)
venv=${VENV:-.venv}
python=$(interpreter)
echo "Making $venv with $("$python" --version), $python${ANSIBLE_CORE:+, ansible-core $ANSIBLE_CORE} ..."
rm -rf "$venv"
"$python" -m venv "$venv"
install --require-hashes --requirement "${LOCK:-requirements-dev.lock}"
if [ -n "${ANSIBLE_CORE:-}" ]; then
    install "ansible-core==$ANSIBLE_CORE.*"
fi
touch "$venv/complete"
