#!/usr/bin/env bash
# Writes requirements.txt and requirements-dev.txt from pyproject.toml: exact versions with hashes,
# for Python 3.11 and newer on every system. UPGRADE=1 takes newer releases where they are allowed.
set -euo pipefail
cd "$(dirname "$0")/.."

# uv does not read pip's configuration, so the index that it names is handed over.
index=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
if [ -n "$index" ]; then
    export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
fi

compile() {
    .venv/bin/uv pip compile --quiet ${UPGRADE:+--upgrade} --universal --python-version 3.11 \
        --generate-hashes --no-strip-extras --no-header --no-emit-index-url --no-emit-find-links "$@" >/dev/null
}

compile pyproject.toml --group build --output-file requirements.txt
compile --group dev --constraint requirements.txt --output-file requirements-dev.txt
