"""Coordination keeps the catalogue: each service works, refuses for each reason, and an upgrade takes nothing back."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import make
from tests.refusals import events, last_audit, refused

from unmet.access.may import NotAllowed
from unmet.access.models import Role
from unmet.books.models import Account
from unmet.catalogue import reference
from unmet.catalogue.lookup import Found
from unmet.catalogue.models import (
    CatalogueState,
    Item,
    ItemAlias,
    ItemCode,
    KitContent,
    Pack,
    Price,
    RoundPrice,
    Sector,
    Unit,
)  # fmt: skip
from unmet.catalogue.successors import retired_with_successor
from unmet.exchange.needs_sheet import parse
from unmet.exchange.table import Row
from unmet.needs import catalogue_changes, catalogue_details, catalogue_items, catalogue_kits, catalogue_units, rounds
from unmet.needs.catalogue_changes import CatalogueRefused, ItemChanged
from unmet.needs.catalogue_details import PackEntry
from unmet.needs.catalogue_items import ItemEntry
from unmet.needs.catalogue_kits import ContentEntry
from unmet.needs.lookup import items_lookup, lookup
from unmet.needs.models import Statement

pytestmark = pytest.mark.django_db
AT = make.AT


@pytest.fixture
def by() -> Any:
    """Somebody of coordination, acting."""
    make.reference()
    person = make.person(Role.COORDINATION)
    with make.as_(person):
        yield person


def names(word: str) -> dict[str, str]:
    return {language: f"{word} {language}" for language in catalogue_changes.LANGUAGES}


def entry(code: str = "WHEELCHAIR", **changes: Any) -> ItemEntry:
    fields: dict[str, Any] = {
        "code": code, "names": names(f"Chair {code}"), "kind": "equipment", "base_unit": Unit.objects.get(code="piece"),
        "sector": Sector.objects.get(code="CASE"), "source": "WHO list",
    }  # fmt: skip
    return ItemEntry(**fields | changes)


def of(item: Item, **changes: Any) -> ItemEntry:
    """An item as it stands, typed again."""
    item.refresh_from_db()
    fields: dict[str, Any] = {
        "code": item.code, "names": {name: getattr(item, f"name_{name}") for name in catalogue_changes.LANGUAGES},
        "kind": item.kind, "base_unit": item.base_unit, "sector": item.sector, "whole": item.whole,
        "flags": item.flags, "source": item.source,
    }  # fmt: skip
    return ItemEntry(**fields | changes)


def reason(act: Any) -> str:
    return str(refused(CatalogueRefused, act).reason)


# ── items ────────────────────────────────────────────────────────────────────
def test_an_item_is_added_corrected_retired_and_brought_back(by: Any) -> None:
    before, token = last_audit(), CatalogueState.current()
    item = catalogue_items.add_item(entry(), by=by, at=AT)
    assert CatalogueState.current() != token and item.edition == ""
    catalogue_items.correct_item(item, of(item, names=names("Wheelchair")), version=1, by=by, at=AT)
    catalogue_items.correct_item(item, of(item), version=2, by=by, at=AT)  # nothing changed, nothing said
    item.refresh_from_db()
    assert (item.name_es, item.version) == ("Wheelchair es", 3)
    catalogue_items.retire_item(item, successor=None, reason="Nobody asks for it", version=3, by=by, at=AT)
    item.refresh_from_db()
    assert item.retired_on == AT.date()
    catalogue_items.bring_back_item(item, version=4, by=by, at=AT)
    item.refresh_from_db()
    assert item.retired_on is None and item.successor is None
    assert events(before) == [
        f"catalogue.{what}" for what in ("item_added", "item_corrected", "item_retired", "item_brought_back")
    ]


def test_an_item_is_refused_by_name(by: Any) -> None:
    mask = make.item("MASK-IIR")
    money = Unit.objects.get(code="US cent")
    for changes, why in (
        ({"code": "mask"}, "code_form"), ({"code": "X"}, "code_form"), ({"code": "MASK-IIR"}, "code"),
        ({"names": names("A") | {"fr": " – "}}, "name"),
        ({"names": names("A") | {"es": mask.name_es.upper()}}, "name_taken"),
        ({"kind": "finance"}, "kind"), ({"base_unit": money}, "kind"), ({"kind": "king"}, "kind"),
    ):  # fmt: skip
        assert reason(lambda changes=changes: catalogue_items.add_item(entry(**changes), by=by, at=AT)) == why, changes


def test_unit_sector_and_code_stay_once_a_member_has_stated_a_need(by: Any) -> None:
    mask, litre = make.item("MASK-IIR"), Unit.objects.get(code="litre")
    other = Sector.objects.get(code="WASH")
    free = make.item("GOGGLES")
    catalogue_items.correct_item(free, of(free, base_unit=litre, sector=other), version=1, by=by, at=AT)
    make.submitted([make.line()], of="ZMB", round_=make.round_())
    with make.as_(by):
        for changes, why in (({"base_unit": litre}, "unit"), ({"sector": other}, "sector"), ({"code": "MASK"}, "code")):
            act = lambda changes=changes: catalogue_items.correct_item(  # noqa: E731
                mask, replace(of(mask), **changes), version=1, by=by, at=AT
            )
            assert reason(act) == why
        catalogue_items.correct_item(mask, of(mask, whole=False), version=1, by=by, at=AT)
        act = lambda: catalogue_items.correct_item(mask, of(mask, whole=True), version=2, by=by, at=AT)  # noqa: E731
        assert reason(act) == "unit"


def test_of_two_editors_one_wins_and_the_other_is_shown_what_stands(by: Any) -> None:
    item = make.item("MASK-IIR")
    catalogue_items.correct_item(item, of(item, source="First"), version=1, by=by, at=AT)
    caught = refused(
        ItemChanged, lambda: catalogue_items.correct_item(item, of(item, source="Second"), version=1, by=by, at=AT)
    )
    assert caught.theirs.source == "First" and caught.theirs.version == 2
    acts = [
        lambda: catalogue_items.retire_item(item, successor=None, reason="No", version=1, by=by, at=AT),
        lambda: catalogue_items.bring_back_item(item, version=1, by=by, at=AT),
        lambda: catalogue_details.add_price(
            item, usd=Decimal(1), dated_on=date(2020, 1, 1), source="S", version=1, by=by, at=AT
        ),
        lambda: catalogue_details.add_code(item, system="S", code="C", edition="", version=1, by=by, at=AT),
        lambda: catalogue_details.add_alias(item, language="en", text="T", version=1, by=by, at=AT),
        lambda: catalogue_details.drop(item.packs.all()[0], version=1, by=by, at=AT),
        lambda: catalogue_kits.save_contents(item, edition="1", lines=[], version=1, by=by, at=AT),
    ]
    for act in acts:
        refused(ItemChanged, act)


def test_only_coordination_changes_the_catalogue(by: Any) -> None:
    item = make.item("MASK-IIR")
    for person in (make.focal_point("ZMB"), make.approver("ZMB"), make.person(Role.RESPONDER, "WHO"),
                   make.person(Role.OPERATOR), make.person(Role.COORDINATION, until=date(2021, 1, 1))):  # fmt: skip
        with make.as_(person):
            for act in (
                lambda who=person: catalogue_items.add_item(entry(), by=who, at=AT),
                lambda who=person: catalogue_items.correct_item(item, of(item), version=1, by=who, at=AT),
                lambda who=person: catalogue_items.retire_item(
                    item, successor=None, reason="No", version=1, by=who, at=AT
                ),
                lambda who=person: catalogue_units.save_unit(
                    unit=None, code="x", names=names("x"), aliases="", by=who, at=AT
                ),
            ):  # fmt: skip
                refused(NotAllowed, act)


# ── retiring and merging ─────────────────────────────────────────────────────
def test_retiring_needs_a_successor_or_a_word(by: Any) -> None:
    mask, respirator, rub = make.item("MASK-IIR"), make.item("RESP-N95"), make.item("HAND-RUB")

    def retire(successor: Item | None, why: str = "", version: int = 1) -> Any:
        return catalogue_items.retire_item(mask, successor=successor, reason=why, version=version, by=by, at=AT)

    assert reason(lambda: retire(None, " ")) == "reason"
    assert reason(lambda: retire(mask)) == "successor"
    assert reason(lambda: retire(rub)) == "successor"  # litres are no pieces
    retire(respirator)
    assert reason(lambda: retire(respirator, version=2)) == "retired"
    act = lambda: catalogue_items.retire_item(respirator, successor=mask, reason="", version=1, by=by, at=AT)  # noqa: E731
    assert reason(act) == "successor"  # no circle
    for wrong in ({"retired_on": None}, {"successor": mask}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Item.objects.filter(pk=mask.pk).update(**wrong)


def merged(old: str, new: str) -> None:
    by = make.person(Role.COORDINATION)
    with make.as_(by):
        item = make.item(old)
        catalogue_items.retire_item(item, successor=make.item(new), reason="", version=item.version, by=by, at=AT)


def test_open_needs_count_under_the_old_item_and_new_lines_go_to_its_successor() -> None:
    round_ = make.round_()
    make.approved([make.line("MASK-IIR", 50)], of="ZMB", round_=round_)
    merged("MASK-IIR", "RESP-N95")
    account = Account.objects.get(item__code="MASK-IIR")
    assert account.approved == 50_000
    old_name = make.item("MASK-IIR").name_fr
    theirs, others = (lookup(member=make.party(code), round_=round_) for code in ("ZMB", "CUB"))
    for typed in (old_name, "mask-iir", "surgical masks"):
        mine, new = theirs.find_item(typed), others.find_item(typed)
        assert isinstance(mine, Found) and mine.word.code == "MASK-IIR", "its own export changes nothing"
        assert isinstance(new, Found) and new.word.code == "RESP-N95"
    assert isinstance(items_lookup(round_=round_).find_item("MASK-IIR"), Found)


def test_a_line_typed_with_the_old_name_says_so() -> None:
    round_ = make.round_()
    merged("MASK-IIR", "RESP-N95")
    rows = [Row("", 1, ("item", "quantity")), Row("", 2, ("Surgical masks", 12)), Row("", 3, ("GOWN-ISO", 5))]
    parsed = parse(rows, lookup(member=make.party("CUB"), round_=round_))
    assert [(line.item_id, line.words) for line in parsed.lines] == [
        (make.item("RESP-N95").pk, "Surgical masks"), (make.item("GOWN-ISO").pk, "")
    ]  # fmt: skip
    make.submitted(parsed.lines, of="CUB", round_=round_)
    assert Statement.objects.get(need__item__code="RESP-N95").words == "Surgical masks"


def test_a_chain_of_mergers_leads_to_the_last() -> None:
    make.reference()
    merged("GOGGLES", "FACE-SHIELD")
    merged("FACE-SHIELD", "APRON")
    assert retired_with_successor() == {
        make.item("GOGGLES").pk: make.item("APRON").pk, make.item("FACE-SHIELD").pk: make.item("APRON").pk
    }  # fmt: skip
    found = lookup(member=make.party("CUB"), round_=make.round_()).find_item("goggles, protective, reusable")
    assert isinstance(found, Found) and found.word.code == "APRON" and "goggles" in found.word.former


def test_a_need_restated_under_the_successor_ends_under_the_old_item_and_nothing_counts_twice() -> None:
    round_ = make.round_()
    make.approved([make.line("MASK-IIR", 50)], of="ZMB", round_=round_)
    merged("MASK-IIR", "RESP-N95")
    make.approved([make.line("RESP-N95", 60)], of="ZMB", round_=round_)
    approved = dict(Account.objects.filter(closed=False).values_list("item__code", "approved"))
    assert approved == {"MASK-IIR": 0, "RESP-N95": 60_000}
    history = Statement.objects.filter(need__item__code="MASK-IIR").order_by("pk").values_list("requested", "newest")
    assert list(history) == [(50_000, False), (0, True)]


def test_in_a_later_round_too(by: Any) -> None:
    first = make.round_("r1")
    make.approved([make.line("MASK-IIR", 50)], of="ZMB", round_=first)
    second = make.round_("r2", of="test-emergency", period=(date(2021, 7, 1), date(2021, 12, 31)), opened=False)
    with make.as_(by):
        rounds.close_round(first, by=by, at=AT)
        rounds.open_round(second, by=by, at=AT)
    merged("MASK-IIR", "RESP-N95")
    make.approved([make.line("RESP-N95", 60, needed_by=date(2021, 12, 1))], of="ZMB", round_=second)
    approved = dict(Account.objects.filter(closed=False).values_list("item__code", "approved"))
    assert approved == {"MASK-IIR": 0, "RESP-N95": 60_000}


def test_what_is_said_of_both_items_is_left_as_it_is_said() -> None:
    round_ = make.round_()
    make.approved([make.line("MASK-IIR", 50)], of="ZMB", round_=round_)
    merged("MASK-IIR", "RESP-N95")
    make.approved([make.line("RESP-N95", 60), make.line("MASK-IIR", 40)], of="ZMB", round_=round_)
    approved = dict(Account.objects.filter(closed=False).values_list("item__code", "approved"))
    assert approved == {"MASK-IIR": 40_000, "RESP-N95": 60_000}


# ── packs, codes, names, prices, contents, units ─────────────────────────────
def test_a_pack_is_added_corrected_and_taken_out(by: Any) -> None:
    item = make.item("GOGGLES")

    def save(version: int, *, pack: Pack | None = None, **changes: Any) -> Pack:
        fields: dict[str, Any] = {"names": names("crate"), "factor": Decimal(12), "aliases": "crt | ", "source": "S"}
        return catalogue_details.save_pack(
            item, PackEntry(**fields | changes), pack=pack, version=version, by=by, at=AT
        )

    pack = save(1)
    assert (pack.factor, pack.aliases, pack.weight_g, pack.measured_source) == (12_000, "crt", None, "")
    assert reason(lambda: save(2)) == "taken"
    for factor in ("0", "-1", "1.5", "1E12"):
        assert reason(lambda factor=factor: save(2, factor=Decimal(factor), names=names("box of x"))) == "factor"
    assert reason(lambda: save(2, names=names("a") | {"es": ""})) == "name"
    known = {"weight_kg": Decimal("12.5"), "volume_l": Decimal(40), "measured_on": AT.date(), "measured_source": "List"}
    for wrong in (
        {"measured_source": " "}, {"measured_on": None}, {"weight_kg": Decimal(0)}, {"volume_l": Decimal("0.0001")},
        {"weight_kg": None, "volume_l": None}, {"weight_kg": Decimal("1E12")},
    ):  # fmt: skip
        assert reason(lambda wrong=wrong: save(2, pack=pack, **known | wrong)) == "measures"
    assert save(2, pack=pack, factor=Decimal(24)).factor == 24_000
    catalogue_details.drop(pack, version=3, by=by, at=AT)
    assert not item.packs.filter(pk=pack.pk).exists()


def test_a_code_and_a_name_belong_to_one_item(by: Any) -> None:
    item, other = make.item("GOGGLES"), make.item("APRON")
    catalogue_details.add_code(item, system=" EMDN ", code="T01", edition="2021", version=1, by=by, at=AT)
    act = lambda: catalogue_details.add_code(other, system="EMDN", code="T01", edition="", version=1, by=by, at=AT)  # noqa: E731
    assert refused(CatalogueRefused, act).about == "GOGGLES"
    act = lambda: catalogue_details.add_code(other, system="", code="1", edition="", version=1, by=by, at=AT)  # noqa: E731
    assert reason(act) == "name"
    catalogue_details.add_alias(item, language="en", text="Safety specs", version=2, by=by, at=AT)
    for text, why in (("safety SPECS", "taken"), ("-", "name"), (item.name_ar, "name_taken")):
        act = lambda text=text: catalogue_details.add_alias(other, language="en", text=text, version=1, by=by, at=AT)  # noqa: E731
        assert reason(act) == why


def test_a_price_counts_from_the_next_round(by: Any) -> None:
    item, round_ = make.item("MASK-IIR"), make.round_()
    frozen = RoundPrice.objects.get(round=round_, item=item).usd_millionths

    def add(usd: str = "0.5", version: int = 1, **changes: Any) -> Price:
        fields: dict[str, Any] = {"dated_on": date(2021, 1, 15), "source": "UNICEF list of January 2021"}
        return catalogue_details.add_price(item, usd=Decimal(usd), **fields | changes, version=version, by=by, at=AT)

    with make.as_(by):
        for usd in ("0", "-1", "0.0000001", "1E13"):
            assert reason(lambda usd=usd: add(usd)) == "price"
        assert reason(lambda: add(dated_on=AT.date() + timedelta(1))) == "date"
        assert reason(lambda: add(source=" ")) == "source"
        add()
        assert reason(lambda: add(version=2)) == "taken"
        money = make.item("LOAN-CONC")
        act = lambda: catalogue_details.add_price(  # noqa: E731
            money, usd=Decimal(1), dated_on=date(2021, 1, 1), source="S", version=1, by=by, at=AT
        )
        assert reason(act) == "money"
    assert RoundPrice.objects.get(round=round_, item=item).usd_millionths == frozen
    later = make.round_("r2", of="other-emergency")
    assert RoundPrice.objects.get(round=later, item=item).usd_millionths == 500_000


def test_a_kit_holds_items_and_words_by_edition(by: Any) -> None:
    kit, mask = make.item("KIT-NCD-2022"), make.item("MASK-IIR")

    def save(version: int, *lines: ContentEntry, edition: str = "2022") -> None:
        catalogue_kits.save_contents(kit, edition=edition, lines=lines, version=version, by=by, at=AT)

    good = ContentEntry(mask, "", Decimal(100))
    save(1, good, ContentEntry(None, "Wall chart", Decimal("1")))
    assert KitContent.objects.filter(kit=kit).count() == 2
    for wrong in (
        [good, good], [ContentEntry(kit, "", Decimal(1))], [ContentEntry(None, "-", Decimal(1))],
        [ContentEntry(mask, "", Decimal(0))], [ContentEntry(mask, "", Decimal("0.0001"))],
    ):  # fmt: skip
        assert reason(lambda wrong=wrong: save(2, *wrong)) == "contents"
    assert reason(lambda: save(2, good, edition=" ")) == "contents"
    save(2, good, edition="2026")
    save(3)
    assert list(KitContent.objects.filter(kit=kit).values_list("edition", flat=True)) == ["2026"]


def test_a_unit_is_added_and_its_names_corrected(by: Any) -> None:
    def save(unit: Unit | None = None, code: str = "roll", aliases: str = "rolls", word: str = "roll") -> Unit:
        return catalogue_units.save_unit(unit=unit, code=code, names=names(word), aliases=aliases, by=by, at=AT)

    unit = save()
    assert save(unit, code="ignored", word="reel").code == "roll"
    assert reason(lambda: save(code="reel2", aliases="rolls")) == "code"
    assert reason(lambda: save(code="x", aliases="PCS", word="x")) == "code"
    assert reason(lambda: save(code=" ", word="y")) == "name"
    blank = dict.fromkeys(catalogue_changes.LANGUAGES, "")
    act = lambda: catalogue_units.save_unit(unit=None, code="z", names=blank, aliases="", by=by, at=AT)  # noqa: E731
    assert reason(act) == "name"


def test_what_a_change_touches_is_told_as_far_as_coordination_may_see(by: Any) -> None:
    item = make.item("MASK-IIR")
    make.approved([make.line()], of="ZMB", round_=make.round_())
    with make.as_(by):
        assert catalogue_items.touched(item) == catalogue_items.Touched(0, 0)
    make.released("ZMB", audience="coordination", level="figures")
    with make.as_(by):
        assert catalogue_items.touched(item) == catalogue_items.Touched(1, 1)


# ── an upgrade ───────────────────────────────────────────────────────────────
def snapshot() -> Any:
    return [sorted(map(str, model.objects.values_list())) for model in (Item, Pack, Price, ItemAlias, ItemCode, Unit)]


def test_an_upgrade_takes_back_nothing_that_coordination_did(by: Any) -> None:
    rutf, mask, goggles = make.item("RUTF"), make.item("MASK-IIR"), make.item("GOGGLES")
    catalogue_items.correct_item(mask, of(mask, names=names("Mask")), version=1, by=by, at=AT)
    catalogue_items.retire_item(goggles, successor=mask, reason="", version=1, by=by, at=AT)
    pack = mask.packs.order_by("pk")[0]
    catalogue_details.save_pack(mask, PackEntry(names("carton"), Decimal(7)), pack=pack, version=2, by=by, at=AT)
    for row in (rutf.codes.all()[0], rutf.packs.all()[0]):
        rutf.refresh_from_db()
        catalogue_details.drop(row, version=rutf.version, by=by, at=AT)
    mask.refresh_from_db()
    catalogue_details.drop(mask.aliases.order_by("pk")[0], version=mask.version, by=by, at=AT)
    priced = Price.objects.exclude(item=mask).order_by("pk")[0]
    catalogue_details.drop(priced, version=priced.item.version, by=by, at=AT)
    unit = Unit.objects.get(code="piece")
    catalogue_units.save_unit(unit=unit, code="", names=names("thing"), aliases="pcs", by=by, at=AT)
    before, token = snapshot(), CatalogueState.current()
    done = reference.load_all()
    assert snapshot() == before and CatalogueState.current() == token
    assert not any(loaded.created or loaded.updated for loaded in done.values())
    assert sum(len(loaded.kept) for loaded in done.values()) >= 7


def test_what_was_struck_out_may_be_put_in_again(by: Any) -> None:
    item = make.item("RUTF")
    [code] = item.codes.all()
    system, text = code.system, code.code
    catalogue_details.drop(code, version=1, by=by, at=AT)
    catalogue_details.add_code(item, system=system, code=text, edition="2026", version=2, by=by, at=AT)
    reference.load_all()
    assert [(row.code, row.in_edition) for row in item.codes.all()] == [(text, "2026")]
