#!/usr/bin/env bash
# Every check that needs no test: format, lint, types, import contract, migrations, translations.
# Runs all of them, shows what the failing ones say, and fails at the end.
set -u
cd "$(dirname "$0")/.." || exit 1

# Checks need settings but no data: theirs must not create anybody's database or key.
mkdir -p build/check-data
export UNMET_DATA=build/check-data DATABASE_URL='' DJANGO_SETTINGS_MODULE=unmet.config.settings

failed=()
tell() { # tell NAME STATUS SAID
    if [ "$2" -eq 0 ]; then
        echo "ok      $1"
    else
        printf 'FAILED  %s\n%s\n' "$1" "$3"
        failed+=("$1")
    fi
}
check() { # check NAME COMMAND...
    local name=$1 said
    shift
    said=$("$@" 2>&1 </dev/null)
    tell "$name" $? "$said"
}

code=(src tests tools)
bin=.venv/bin
# As long as all the others together, so beside them.
"$bin/mypy" >build/check-data/types 2>&1 </dev/null &
types=$!
check format "$bin/ruff" format --check "${code[@]}"
check lint "$bin/ruff" check --quiet --output-format concise "${code[@]}"
check imports "$bin/lint-imports" --no-cache
check migrations "$bin/python" -m django makemigrations --check --dry-run
check translations "$bin/python" tools/messages.py check
wait "$types"
tell types $? "$(cat build/check-data/types)"

[ ${#failed[@]} -eq 0 ] && exit 0
echo "Checks that failed: ${failed[*]} (make fix repairs format and part of lint)"
exit 1
