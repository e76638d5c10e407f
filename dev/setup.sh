#!/usr/bin/env bash
# Make the virtual environment with the locked requirements; quick when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=.venv
STAMP=$VENV/setup-stamp

# A candidate counts only when it really runs: a pyenv shim has the right name and may still refuse.
# Debian's Python may lack ensurepip, without which there is no virtual environment.
usable() {
    "$1" -c 'import sys, venv, ensurepip, ssl, sqlite3; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

candidates() {
    [ -z "${PYTHON:-}" ] || printf '%s\n' "$PYTHON"
    # The versions that the wheels of the locked requirements were tried with come first.
    local version
    for version in 3.13 3.12 3.14; do
        command -v "python$version" || true
    done
    command -v python3 || true
    command -v python || true
    local home=${HOME:-/nonexistent}
    for version in 3.13 3.12 3.14; do
        ls -d "${PYENV_ROOT:-$home/.pyenv}"/versions/$version*/bin/python 2>/dev/null || true
        ls -d "$home"/.pyenv/versions/$version*/bin/python 2>/dev/null || true
        ls -d "${UV_PYTHON_INSTALL_DIR:-$home/.local/share/uv/python}"/cpython-$version*/bin/python3 2>/dev/null || true
        ls -d /usr/bin/python$version /usr/local/bin/python$version /opt/homebrew/bin/python$version 2>/dev/null || true
        ls -d /opt/*/bin/python$version /usr/local/*/bin/python$version 2>/dev/null || true
        ls -d "$home"/{miniconda3,miniforge3,anaconda3}/envs/*/bin/python$version 2>/dev/null || true
    done
}

find_python() {
    local candidate
    while IFS= read -r candidate; do
        if usable "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done < <(candidates)
    cat >&2 <<'END'
Steller needs Python 3.12 or newer with venv and ensurepip, and none was found. Install one of:
  Debian 13, Ubuntu 24.04   apt-get install python3 python3-venv
  Fedora                    dnf install python3
  macOS                     brew install python@3.13
  anywhere                  pyenv install 3.13, or: uv python install 3.13
or name one: make setup PYTHON=/path/to/python3
END
    return 1
}

wanted() {
    cksum requirements.txt dev/setup.sh
    "$VENV/bin/python" -VV
    # A virtual environment does not survive a move.
    pwd
}

if [ -e "$STAMP" ] && [ "$(wanted 2>/dev/null)" = "$(cat "$STAMP")" ]; then
    exit 0
fi

intact() {
    usable "$VENV/bin/python" && "$VENV/bin/python" -m pip --version >/dev/null 2>&1 &&
        grep -qsF "$PWD/$VENV" "$VENV/bin/activate"
}

if ! intact; then
    python=$(find_python)
    echo "Setting up $VENV with $("$python" -V) ($python)"
    rm -rf "$VENV"
    "$python" -m venv "$VENV"
fi
echo "Installing the locked requirements"
"$VENV/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.txt
wanted >"$STAMP"
