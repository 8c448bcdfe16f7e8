"""How heavy and how large a request is, and what of it nobody knows."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import make

from unmet.catalogue.models import Pack
from unmet.needs.models import Need
from unmet.support import bulk
from unmet.support.bulk import Bulk
from unmet.support.models import AssistanceRequest, RequestLine

pytestmark = pytest.mark.django_db


def request_of(**quantities: int) -> list[RequestLine]:
    """The lines of a draft; quantities in base units, `_` for - in the codes of items."""
    codes = {code.replace("_", "-"): quantity for code, quantity in quantities.items()}
    make.approved([make.line(code, quantity) for code, quantity in codes.items()], of="ZMB", round_=make.round_())
    draft = AssistanceRequest.objects.create(
        member=make.party("ZMB"), to_everyone=True, saved_by=make.focal_point("ZMB"), saved_at=make.AT
    )
    for need in Need.objects.select_related("item"):
        assert need.item is not None
        RequestLine.objects.create(request=draft, need=need, quantity=codes[need.item.code] * 1000)
    return list(draft.lines.select_related("need__item").order_by("pk"))


def measured(code: str, name: str, factor: int, **measures: Any) -> None:
    """A pack whose weight or volume a source says."""
    names = {f"name_{language}": name for language in ("en", "ar", "es", "fr")}
    Pack.objects.create(
        item=make.item(code), factor=factor * 1000, measured_on=date(2021, 1, 1), measured_source="Invented for a test",
        **names, **measures,
    )  # fmt: skip


def test_what_no_source_says_is_counted_and_in_no_sum() -> None:
    lines = request_of(TARPAULIN_4X6=12, BLANKET=100, TRAIN_IPC=30)
    assert bulk.total(lines) == Bulk(goods=2, weight_g=65_280, volume_cm3=103_680, no_weight=1, no_volume=1)
    measured("BLANKET", "bale of 20", 20, weight_g=30_000)
    assert bulk.total(lines) == Bulk(goods=2, weight_g=215_280, volume_cm3=103_680, no_weight=0, no_volume=1)


def test_the_largest_known_pack_counts_and_each_line_is_rounded_up() -> None:
    lines = request_of(BLANKET=7)
    measured("BLANKET", "one", 1, weight_g=1000, volume_cm3=10)
    measured("BLANKET", "bale of 3", 3, weight_g=3001)
    assert bulk.total(lines) == Bulk(goods=1, weight_g=7003, volume_cm3=70)
    assert bulk.total([]) == Bulk()


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight_g": 0}, {"weight_g": -1, "volume_cm3": 5}, {"measured_on": None, "weight_g": 5},
        {"measured_source": "", "weight_g": 5}, {},
    ],
)  # fmt: skip
def test_no_weight_without_a_dated_source(wrong: dict[str, Any]) -> None:
    pack = Pack.objects.filter(measured_on=None).order_by("pk")
    make.reference()
    said = {"measured_on": date(2021, 1, 1), "measured_source": "List", **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        Pack.objects.filter(pk=pack[0].pk).update(**said)
