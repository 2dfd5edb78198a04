#!/usr/bin/env bash
# Every check that is not a test; all of them run, and all that failed are named at the end.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()

check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
    else
        echo "FAILED  $name"
        echo "$output" | sed 's/^/        /'
        failed+=("$name")
    fi
}

check "format (make fmt)" .venv/bin/ruff format --check .
check "lint" .venv/bin/ruff check .
check "types" .venv/bin/mypy
check "imports run downwards" .venv/bin/lint-imports
check "house rules" .venv/bin/python .ci/house_rules.py
check "translations (make messages)" .venv/bin/python .ci/catalogues.py check
check "page of the stages (.ci/pipeline_page.py update)" .venv/bin/python .ci/pipeline_page.py check
check "migrations make the tables" .venv/bin/python .ci/migrated_schema.py

if [ "${#failed[@]}" -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}"
    exit 1
fi
