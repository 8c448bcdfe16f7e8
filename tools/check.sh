#!/usr/bin/env bash
# Every check that needs no test: format, lint, types, import contract, migrations, translations.
# Runs all of them, shows what the failing ones say, and fails at the end.
set -u
cd "$(dirname "$0")/.." || exit 1

# Checks need settings but no data: theirs must not create anybody's database or key.
mkdir -p build/check-data
export UNMET_DATA=build/check-data DATABASE_URL='' DJANGO_SETTINGS_MODULE=unmet.config.settings

failed=()
check() { # check NAME COMMAND...
    local name=$1 said
    shift
    if said=$("$@" 2>&1 </dev/null); then
        echo "ok      $name"
    else
        printf 'FAILED  %s\n%s\n' "$name" "$said"
        failed+=("$name")
    fi
}

code=(src tests tools)
bin=.venv/bin
check format "$bin/ruff" format --check "${code[@]}"
check lint "$bin/ruff" check --quiet --output-format concise "${code[@]}"
check types "$bin/mypy"
check imports "$bin/lint-imports" --no-cache
check migrations "$bin/python" -m django makemigrations --check --dry-run
check translations "$bin/python" tools/messages.py check

[ ${#failed[@]} -eq 0 ] && exit 0
echo "Checks that failed: ${failed[*]} (make fix repairs format and part of lint)"
exit 1
