#!/usr/bin/env bash
# Every test on SQLite and on PostgreSQL, both at once: each run keeps about one core busy.
# What measures seconds (marked "alone") runs afterwards, with nothing beside it. Arguments go to pytest.
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
# Tests that ask for no database of ours go with the shorter of the two runs: the benchmarks at a tiny size, and the
# journeys named test_a_….
others=(tests/tools/test_bench.py tests/journeys/test_a_*.py)
(
    on_postgresql postgresql "not alone" "${others[@]/#/--ignore=}" "$@"
    worst $?
    on_sqlite others "not alone" "${others[@]}" "$@"
    worst $?
    exit "$status"
) >build/tests-postgresql.log 2>&1 &
beside=$!
# Ctrl-C ends both.
trap 'kill "$beside" 2>/dev/null; wait "$beside"; exit 130' INT TERM
on_sqlite sqlite "not alone" "${others[@]/#/--ignore=}" "$@"
worst $?
wait "$beside"
worst $?
printf '\nOn PostgreSQL, and the others, at the same time:\n'
cat build/tests-postgresql.log
printf '\nMeasured alone:\n'
# Only their files are collected: reading all tests takes as long as some of these.
mapfile -t measured < <(grep -rl --include='test_*.py' 'mark\.alone' tests)
on_sqlite sqlite-alone alone "${measured[@]}" "$@"
worst $?
on_postgresql postgresql-alone alone "${measured[@]}" "$@"
worst $?
exit "$status"
