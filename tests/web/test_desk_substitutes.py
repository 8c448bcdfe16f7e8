"""A kit or a substitute is packed, seen, received and certified as what it is; it counts as what the member said."""

import csv
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests import make
from tests.web import desk_world as world
from tests.web.test_desk_consignments import Pages, read, text

from unmet.books import doctor
from unmet.books.models import Account
from unmet.needs.models import Need
from unmet.support import acceptance, receipt_lookup, substitutes
from unmet.support.models import Consignment, Line, Receipt
from unmet.support.substitutes import Substitute

pytestmark = pytest.mark.django_db


def built() -> Pages:
    """Of UNDP's 9 coveralls Zambia took 2 for its masks: they count as 280."""
    pages = Pages()
    made = make.offered(9, of="UNDP", to="ZMB", item_code="COVERALL", until=date(2031, 12, 31), at=world.now())
    by = make.approver("ZMB")
    need = Need.objects.get(item__code="MASK-IIR", member__code="ZMB")
    said = acceptance.Accepted(2000, need=need, counts_as=280_000, over=True)
    with make.as_(by, at=world.now()):
        acceptance.accept(made.lines.get(), said, member=make.party("ZMB"), by=by, at=world.now())
    return pages


WORLD = built


@pytest.fixture
def pages(fresh: Pages) -> Pages:
    """See `built`."""
    return fresh


def taken() -> Line:
    """The line of support that it made."""
    return Line.objects.get(giver__code="UNDP", committed__gt=0)


def packed(pages: Pages, quantity: str, waybill: str = "W 1", **more: str) -> Any:
    """What packing so many is answered."""
    place = Consignment._meta.get_field("to_place").related_model.objects.whole_country(make.party("ZMB"))
    return pages.undp.post("/en/desk/consignments/new", {
        f"quantity-{taken().uuid}-0": quantity, "giver": "UNDP", "member": "ZMB", "mode": "air", "waybill": waybill,
        "to_place": str(place.uuid), "do": "save", **more,
    })  # fmt: skip


def test_it_is_packed_seen_received_and_certified_as_what_it_is(pages: Pages) -> None:
    name = make.item("COVERALL").name
    shown = text(pages.undp.get(f"/en/desk/consignments/new?line={taken().uuid}"))
    assert name in shown and "taken for: " in shown and 'value="2"' in shown and ": 280 piece" in shown
    wrong = packed(pages, "3")
    assert wrong.status_code == 422 and "Only 2 can be packed" in text(wrong)
    assert packed(pages, "2").status_code == 302
    box = Consignment.objects.get()
    assert box.lines.get().quantity == 280_000 and text(pages.undp.get("/en/desk/consignments")).count(name) == 1
    assert ",COVERALL,,,2," in pages.undp.get("/en/desk/consignments.csv").content.decode()
    shown = text(pages.undp.get(f"/en/desk/consignments/{box.uuid}/edit"))
    assert 'value="2"' in shown
    assert pages.do(pages.undp, box, "dispatch", version="1").status_code == 302
    assert Account.objects.get(item__code="MASK-IIR").in_transit == 280_000
    assert pages.do(pages.focal, box, "attest", **{f"saw-{box.lines.get().uuid}": "1"}, place="Port").status_code == 302
    assert f"that is {name}: 2 piece" in read(pages.focal, box) and f"that is {name}: 1 piece" in read(pages.focal, box)
    line = box.lines.get().uuid
    receive = f"/en/desk/consignments/{box.uuid}/receive"
    shown = text(pages.focal.get(receive))
    assert f"<legend>{name}" in shown and "Sent: 2 piece" in shown and ": 280 piece" in shown
    short = pages.focal.post(receive, {f"accepted-{line}": "1", "do": "state"})
    assert short.status_code == 422 and "must add up to what was sent: 2." in text(short)
    said = {f"accepted-{line}": "1", f"missing-{line}": "1", f"missing_why-{line}": "lost", "do": "state"}
    assert pages.focal.post(receive, said).status_code == 302
    account = Account.objects.get(item__code="MASK-IIR")
    assert (account.received, account.missing) == (140_000, 140_000) and doctor.differences() == []
    shown = text(pages.undp.get(f"/en/desk/receipts/{Receipt.objects.get().shown}"))
    masks = make.item("MASK-IIR").name
    assert f"{name}<br><small>piece" in shown and f"It counts for the need of {masks}." in shown
    assert f"2<br><small>counts as 280 piece of {masks}" in shown
    assert shown.count(f"1<br><small>counts as 140 piece of {masks}") == 2
    assert 'value="1"' in text(pages.focal.get(f"{receive}?correct=1"))


def test_packed_one_by_one_nothing_is_left_over(pages: Pages) -> None:
    assert packed(pages, "1").status_code == 302 and packed(pages, "1", "W 2").status_code == 302
    assert sorted(Consignment.objects.values_list("lines__quantity", flat=True)) == [140_000, 140_000]
    assert "Nothing can be packed now" in text(pages.undp.get("/en/desk/consignments/new"))


def test_lots_of_one_consignment_leave_nothing_over() -> None:
    pages = Pages()
    made = make.offered(9, of="UNDP", to="ZMB", item_code="COVERALL", until=date(2031, 12, 31), at=world.now())
    by, need = make.approver("ZMB"), Need.objects.get(item__code="MASK-IIR", member__code="ZMB")
    said = acceptance.Accepted(3000, need=need, counts_as=100_000, over=True)
    with make.as_(by, at=world.now()):
        acceptance.accept(made.lines.get(), said, member=make.party("ZMB"), by=by, at=world.now())
    more = {f"{name}-{taken().uuid}-1": typed for name, typed in (("quantity", "2"), ("lot", "L 2"))}
    assert packed(pages, "1", **more).status_code == 302
    assert sorted(Consignment.objects.values_list("lines__quantity", flat=True)) == [33_333, 66_667]
    assert "Nothing can be packed now" in text(pages.undp.get("/en/desk/consignments/new"))


def test_what_is_the_item_itself_has_no_substitute(pages: Pages) -> None:
    assert set(substitutes.of(Line.objects.values_list("pk", flat=True))) == {taken().pk}


@pytest.mark.parametrize(("quantity", "counts"), [(3_000, 100_000), (7_000, 2_000), (280_000, 2_000), (1_000, 1)])
def test_conversions_lose_nothing(quantity: int, counts: int) -> None:
    one = Substitute(make.item("COVERALL"), quantity, counts)
    assert one.real(counts) == quantity and one.counted(quantity) == counts
    half = quantity // 2
    for parts in ([half, quantity - half, 0], [0, half, quantity - half], [quantity, 0, 0]):
        shares = one.shared(parts, counts)
        assert sum(shares) == counts and min(shares) >= 0
    if quantity == 280_000:
        assert [one.real(share) for share in one.shared([139_000, 141_000, 0], counts)] == [139_000, 141_000, 0]


def test_lists_and_tables_of_receipts_name_and_count_what_travelled(pages: Pages) -> None:
    """A warehouse counts two coveralls, though they count as 280 masks; what it says twice changes nothing."""
    packed(pages, "2")
    box = Consignment.objects.get()
    pages.do(pages.undp, box, "dispatch", version="1")

    def listed() -> list[str]:
        """Item, packed, accepted and missing, in the file of consignments."""
        told = pages.focal.get("/en/desk/consignments.csv?side=coming").content.decode("utf-8-sig").splitlines()
        [row] = csv.DictReader([line for line in told if not line.startswith("#")])
        return [row[name] for name in ("item", "shipped", "accepted", "missing")]

    assert listed() == ["COVERALL", "2", "", ""]
    day = f"{world.today():%d %B %Y}"
    table = f"Waybill,Item,Sent,Accepted,Missing,Missing why,Received on\nW 1,COVERALL,2,1,1,lost on the way,{day}\n"
    for again in (False, True):
        file = SimpleUploadedFile("counted.csv", table.encode())
        at = pages.focal.post("/en/desk/consignments/ZMB/import", {"file": file}).url
        assert ("nothing would change" in text(pages.focal.get(at))) == again
        assert pages.focal.post(at, {"do": "all"}).status_code == 302
    receipt = Receipt.objects.get().lines.get()
    assert (receipt.shipped, receipt.accepted, receipt.missing) == (280_000, 140_000, 140_000)
    assert listed() == ["COVERALL", "2", "1", "1"] and doctor.differences() == []
    with make.as_(make.focal_point("ZMB"), at=world.now()):
        lookup = receipt_lookup.lookup(member=make.party("ZMB"), round_=pages.round, today=world.today())
        [lot] = lookup.by_id.values()
    assert (lot.item_id, lot.shipped, lot.stands and lot.stands.accepted) == (make.item("COVERALL").pk, 2_000, 1_000)
