#!/usr/bin/env bash
# Resolve pyproject.toml again and write requirements/*.txt: exact versions with hashes, for every platform.
# The files name packages and hashes only, never where somebody downloaded them from.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    .venv/bin/python -m pip install --quiet --target build/uv uv
    uv=build/uv/bin/uv
fi

lock() { # lock OUTPUT INPUT...
    local output=$1
    shift
    "$uv" pip compile --quiet --upgrade --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        "$@" --output-file "$output"
    sed -i.old -e '1i # Locked by `make lock`; do not edit.' "$output" && rm -f "$output.old"
}

lock requirements/build.txt requirements/build.in
lock requirements/run.txt pyproject.toml
lock requirements/test.txt pyproject.toml --extra test --constraint requirements/run.txt
