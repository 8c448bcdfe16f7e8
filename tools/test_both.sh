#!/usr/bin/env bash
# Every test on SQLite and on PostgreSQL, in three runs at once: where one waits for a browser, a disk or a process that
# it started, the others have the cores. What measures seconds (marked "alone") runs afterwards, with nothing beside it.
# Arguments go to pytest.
set -u
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python
rm -f build/tests-*.xml
mkdir -p build
status=0
# 5: no test was chosen, which is no fault of a run with -k.
worst() { [ "$1" -eq 0 ] || [ "$1" -eq 5 ] || status=$1; }

on_postgresql() { # on_postgresql NAME MARKS ARGUMENTS...
    local name=$1 marks=$2
    shift 2
    "$python" -m tests.postgres "$python" -m pytest -m "not pure and not journey and $marks" \
        --junitxml="build/tests-$name.xml" "$@"
}
on_sqlite() {
    local name=$1 marks=$2
    shift 2
    DATABASE_URL='' "$python" -m pytest -m "$marks" --junitxml="build/tests-$name.xml" "$@"
}

# Stale static files are collected once, before two runs would do it at the same time.
DATABASE_URL='' "$python" -m pytest --collect-only -qq tests/test_guards.py >/dev/null
# The third run has what waits most: browsers, processes and kills on SQLite, then kills and many clients on PostgreSQL.
# The lists are such that the three take about as long.
kills=(
    tests/config/test_backup.py tests/jobs/test_killed.py tests/notices/test_killed.py tests/web/test_export_memory.py
    tests/web/test_requests_hold.py
)
waiting=(tests/tools/test_bench.py tests/journeys tests/api/test_schemathesis.py tests/config/test_coalition.py)
meeting=(tests/books tests/web/test_desk_meeting.py)
beside=()
at_once() { # at_once NAME COMMAND...
    local name=$1
    shift
    "$@" >"build/tests-$name.log" 2>&1 &
    beside+=($!)
}
third() {
    on_sqlite waiting "not alone" "${waiting[@]}" "${kills[@]}" "$@"
    worst $?
    on_postgresql meeting "not alone" "${meeting[@]}" "${kills[@]}" "$@"
    worst $?
    return "$status"
}
at_once postgresql on_postgresql postgresql "not alone" "${waiting[@]/#/--ignore=}" "${meeting[@]/#/--ignore=}" \
    "${kills[@]/#/--ignore=}" "$@"
at_once third third "$@"
# Ctrl-C ends all.
trap 'kill "${beside[@]}" 2>/dev/null; wait; exit 130' INT TERM
on_sqlite sqlite "not alone" "${waiting[@]/#/--ignore=}" "${kills[@]/#/--ignore=}" "$@"
worst $?
for run in "${beside[@]}"; do
    wait "$run"
    worst $?
done
for name in postgresql third; do
    printf '\nAt the same time, %s:\n' "$name"
    cat "build/tests-$name.log"
done
printf '\nMeasured alone:\n'
# Only their files are collected: reading all tests takes as long as some of these.
mapfile -t measured < <(grep -rl --include='test_*.py' 'mark\.alone' tests)
on_sqlite sqlite-alone alone "${measured[@]}" "$@"
worst $?
on_postgresql postgresql-alone alone "${measured[@]}" "$@"
worst $?
exit "$status"
