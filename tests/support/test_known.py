"""What a form or a sheet knows of lines that stand: the same one by one and all at once, and no more than it needs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import make

from unmet.access.models import Role
from unmet.support import known

pytestmark = pytest.mark.django_db
LINES = known.ONE_BY_ONE + 10


@pytest.fixture
def lookup():
    """What somebody of WHO knows, who has pledged to two members; UNDP has pledged too."""
    round_ = make.round_()
    make.approved([make.line(quantity=10_000)], of="ZMB", round_=round_)
    make.released("ZMB")
    who, undp = make.person(Role.RESPONDER, "WHO"), make.person(Role.RESPONDER, "UNDP")
    lines = [
        make.support_line("WHO", ("ZMB", "CUB")[n % 2], "pledged", n + 1, reference=f"W-{n}") for n in range(LINES)
    ]
    make.stated(lines, by=who, round_=round_)
    make.stated([make.support_line("UNDP", "ZMB", "pledged", 7, reference="W-3")], by=undp, round_=round_)
    with make.as_(who):
        yield lambda: known.lookup(round_=round_, today=make.AT.date()).known


def key(number: int) -> tuple[str, str, str, int]:
    return ("WHO", f"W-{number}", ("ZMB", "CUB")[number % 2], make.item("MASK-IIR").pk)


def test_one_by_one_and_all_at_once_are_the_same(lookup) -> None:
    whole = dict(lookup())
    one_by_one = lookup()
    assert len(whole) == LINES
    assert {key(n): one_by_one[key(n)] for n in range(LINES)} == whole
    assert whole[key(4)].stated == {"pledged": 5000}
    for strange in (("UNDP", "W-3", "ZMB", key(3)[3]), ("WHO", "W-3", "ZMB", key(3)[3]), ("WHO", "no", "ZMB", 1)):
        assert lookup().get(strange) is None and strange not in whole


def test_a_form_reads_its_own_line_only_and_a_sheet_reads_all_once(lookup) -> None:
    mine, other = key(2), key(3)
    with CaptureQueriesContext(connection) as asked:
        found = lookup()
    assert not [query for query in asked if 'FROM "support_line"' in query["sql"]]
    with CaptureQueriesContext(connection) as asked:
        assert found[mine].stated == {"pledged": 3000} and found[mine] and found.get(other)
    lines = [query["sql"] for query in asked if 'FROM "support_line"' in query["sql"]]
    assert len(lines) == 2 and all('"reference" =' in sql for sql in lines)
    everything = [key(n) for n in range(LINES)]
    with CaptureQueriesContext(connection) as asked:
        assert all(found.get(one) for one in everything)
    lines = [query["sql"] for query in asked if 'FROM "support_line"' in query["sql"]]
    assert len(lines) == known.ONE_BY_ONE - 2 + 1
