"""The pages under which coordination keeps the catalogue: every form, every refusal, two editors at once."""

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override
from tests import make
from tests.web.signing_in import demonstration, signed_in, somebody

from unmet.access.models import Role
from unmet.audit.models import AuditRow
from unmet.catalogue.models import Item, Unit
from unmet.methods.fold import fold

pytestmark = pytest.mark.django_db
LIST = "/en/coordination/catalogue"


@pytest.fixture
def browser() -> Client:
    make.reference()
    demonstration()
    return signed_in(somebody(Role.COORDINATION, "COORD"))


def typed(**changes: object) -> dict[str, object]:
    fields = {
        "code": "WHEELCHAIR", "name_en": "Wheelchair", "name_ar": "كرسي متحرك", "name_es": "Silla de ruedas",
        "name_fr": "Fauteuil roulant", "kind": "equipment", "base_unit": "piece", "sector": "CASE", "whole": "on",
        "flags": [], "source": "WHO",
    }  # fmt: skip
    return fields | changes


def correction(browser: Client, code: str, **changes: object) -> dict[str, object]:
    """The form of an item as its page shows it, with some fields typed over."""
    form = browser.get(f"{LIST}/items/{code}/edit").context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (shown | changes).items() if value is not False and value is not None}


def said(answer: object) -> str:
    return " ".join(re.findall(r'<div class="sum".*?</div>', answer.content.decode(), re.DOTALL))  # type: ignore[attr-defined]


def test_an_item_is_added_and_found_at_once(browser: Client) -> None:
    answer = browser.post(f"{LIST}/new", typed(), follow=True)
    assert answer.status_code == 200 and "Members may ask for it now" in answer.content.decode()
    for word in ("wheelchair", "كرسي", "fauteuill roulant"):
        assert "WHEELCHAIR" in browser.get("/en/search", {"q": word}).content.decode()
    shown = browser.get(LIST, {"q": "wheelchiar", "state": "used", "sector": "CASE"}).content.decode()
    assert "Added here" in shown and shown.count('role="row"') == 2
    assert "No item matches" in browser.get(LIST, {"q": "wheelchair", "state": "retired"}).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "MASK-IIR"}, "is taken"), ({"code": "a b"}, "is not a code"), ({"name_ar": ""}, "Name in Arabic"),
        ({"name_es": " - "}, "Every name stands in each language"),
        ({"name_en": "Medical mask, type IIR"}, "MASK-IIR"),
        ({"kind": "finance"}, "US cents"), ({"base_unit": "none"}, "Base unit"),
    ],
)  # fmt: skip
def test_a_faulty_item_is_shown_again_with_its_words(browser: Client, changes: dict[str, object], words: str) -> None:
    answer = browser.post(f"{LIST}/new", typed(**changes))
    assert answer.status_code == 422 and words in said(answer)
    assert "Fauteuil roulant" in answer.content.decode()
    assert not Item.objects.filter(name_fr="Fauteuil roulant").exists()


def test_nothing_is_chosen_before_the_editor_chooses(browser: Client) -> None:
    page = browser.get(f"{LIST}/new").content.decode()
    assert page.count('<option value="" selected>Choose one</option>') == 2 and "-----" not in page


def test_two_editors_the_second_sees_what_was_typed_and_what_stands(browser: Client) -> None:
    first, second = (correction(browser, "GOGGLES", source=word) for word in ("From the first", "From the second"))
    assert browser.post(f"{LIST}/items/GOGGLES/edit", first).status_code == 302
    answer = browser.post(f"{LIST}/items/GOGGLES/edit", second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "From the first" in said(answer) and "From the second" in said(answer) and 'value="From the second"' in page
    assert make.item("GOGGLES").source == "From the first"
    form = answer.context["form"]
    again = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    assert browser.post(f"{LIST}/items/GOGGLES/edit", again).status_code == 302
    assert make.item("GOGGLES").source == "From the second"


def test_the_unit_of_what_was_stated_stays(browser: Client) -> None:
    make.submitted([make.line()], of="ZMB", round_=make.round_())
    answer = browser.post(f"{LIST}/items/MASK-IIR/edit", correction(browser, "MASK-IIR", base_unit="litre"))
    assert answer.status_code == 422 and "A change of the unit is a new item" in said(answer)


def test_what_a_change_touches_stands_before_the_button(browser: Client) -> None:
    make.approved([make.line()], of="ZMB", round_=make.round_(freshness_days=3660))
    for path in ("", "/edit", "/retire"):
        assert "No open need that you may see" in browser.get(f"{LIST}/items/MASK-IIR{path}").content.decode()
    make.released("ZMB", audience="members", level="figures")
    for path in ("", "/edit", "/retire"):
        assert "They are of 1 member." in browser.get(f"{LIST}/items/MASK-IIR{path}").content.decode()


def test_an_item_is_merged_and_brought_back(browser: Client) -> None:
    address = f"{LIST}/items/GOGGLES"
    assert browser.post(f"{address}/retire", {"version": "1"}).status_code == 422
    answer = browser.post(f"{address}/retire", {"version": "1", "successor": "none-such"})
    assert answer.status_code == 422 and "Nothing here has the code" in said(answer)
    answer = browser.post(f"{address}/retire", {"version": "1", "successor": "hand-rub"})
    assert answer.status_code == 422 and "cannot take its place" in said(answer)
    answer = browser.post(f"{address}/retire", {"version": "9", "successor": "face-shield"})
    assert answer.status_code == 422 and "Somebody else changed this item" in said(answer)
    assert 'name="version" value="1"' in answer.content.decode()
    answer = browser.post(f"{address}/retire", {"version": "1", "successor": "face-shield"}, follow=True)
    assert "Retired on" in answer.content.decode() and "FACE-SHIELD" in answer.content.decode()
    assert "Replaced by" in browser.get("/en/search?q=GOGGLES").content.decode()
    assert "GOGGLES" in browser.get(f"{LIST}/items/FACE-SHIELD").content.decode()
    browser.post(f"{address}/back", {"version": "1"})
    assert make.item("GOGGLES").retired_on is not None
    browser.post(f"{address}/back", {"version": "2"})
    assert make.item("GOGGLES").retired_on is None
    answer = browser.post(f"{address}/back", {"version": "3"}, follow=True)
    assert "is in use already" in answer.content.decode() and make.item("GOGGLES").version == 3


@pytest.mark.parametrize(
    ("part", "fields", "wrong", "words"),
    [
        ("packs", {"name_en": "crate", "name_ar": "صندوق", "name_es": "cajón", "name_fr": "caisse", "factor": "12"},
         {"factor": "1,000"}, "is not a number"),
        ("codes", {"system": "EMDN", "code": "T01", "edition": "2021"}, {"system": ""}, "System"),
        ("names", {"language": "en", "text": "safety specs"}, {"text": "face shield"}, "FACE-SHIELD"),
        ("prices", {"usd": "1,25", "dated_on": "2021-01-15", "source": "UNICEF list"}, {"usd": "0"}, "more than zero"),
    ],
)  # fmt: skip
def test_what_belongs_to_an_item_is_added_and_taken_out(
    browser: Client, part: str, fields: dict[str, str], wrong: dict[str, str], words: str
) -> None:
    item = make.item("GOGGLES")
    rows = {"packs": item.packs, "codes": item.codes, "names": item.aliases, "prices": item.prices}[part]
    before = set(rows.values_list("pk", flat=True))
    address = f"{LIST}/items/GOGGLES/{part}"
    answer = browser.post(f"{address}/add", {**fields, **wrong, "version": "1"})
    assert answer.status_code == 422 and words in said(answer)
    assert browser.post(f"{address}/add", {**fields, "version": "1"}).status_code == 302
    [made] = set(rows.values_list("pk", flat=True)) - before
    assert browser.get(f"{LIST}/items/GOGGLES").status_code == 200
    browser.post(f"{address}/{made}/drop", {"version": "1"})
    assert rows.filter(pk=made).exists(), "an old page takes nothing out"
    browser.post(f"{address}/{made}/drop", {"version": "2"})
    assert not rows.filter(pk=made).exists()
    assert browser.post(f"{address}/{made}/drop", {"version": "3"}).status_code == 404
    assert browser.get(f"{LIST}/items/GOGGLES/nothing/add").status_code == 404


def test_a_pack_is_corrected(browser: Client) -> None:
    item = make.item("RUTF")
    pack = item.packs.order_by("pk")[0]
    form = browser.get(f"{LIST}/items/RUTF/packs/{pack.pk}").context["form"]
    fields = {name: form[name].value() for name in form.fields}
    assert fields["factor"] == "150"
    assert browser.post(f"{LIST}/items/RUTF/packs/{pack.pk}", {**fields, "factor": "144"}).status_code == 302
    pack.refresh_from_db()
    assert pack.factor == 144_000 and pack.edited_here
    assert browser.get(f"{LIST}/items/GOGGLES/packs/{pack.pk}").status_code == 404


def test_a_kit_is_filled_line_by_line(browser: Client) -> None:
    address = f"{LIST}/items/KIT-NCD-2022/contents"
    fields = {"edition": "2022", "lines": "100 mask-iir\n\n1 Wall chart", "version": "1"}
    answer = browser.post(address, {**fields, "lines": "many masks"})
    assert answer.status_code == 422 and "does not begin with a quantity" in said(answer)
    answer = browser.post(address, {**fields, "lines": "1 KIT-NCD-2022"})
    assert answer.status_code == 422 and "cannot be in the kit" in said(answer)
    page = browser.post(address, fields, follow=True).content.decode()
    assert "Wall chart" in page and "Edition 2022" in page and "MASK-IIR" in page
    public = Client().get("/en/items/KIT-NCD-2022").content.decode()
    assert "Contents of the kit" in public and "Wall chart" in public and "/en/items/MASK-IIR" in public
    assert "100 MASK-IIR\n1 Wall chart" in browser.get(f"{address}?edition=2022").content.decode()


# ── the catalogue as a file ──────────────────────────────────────────────────
def brought(browser: Client, content: bytes, *, write: bool = False) -> object:
    if write:
        return browser.post(f"{LIST}/import", {"text": content.decode("utf-8-sig"), "do": "write"})
    return browser.post(f"{LIST}/import", {"file": SimpleUploadedFile("catalogue.csv", content)})


def state() -> object:
    return sorted(map(str, Item.objects.values_list())), AuditRow.objects.count()


def test_our_own_file_changes_nothing(browser: Client) -> None:
    Item.objects.filter(code="GOGGLES").update(source="=1+1", name_en="'-Goggles")
    content = browser.get(f"{LIST}.csv").content
    assert b"'=1+1" in content and b"''-Goggles" in content
    before = state()
    page = brought(browser, content).content.decode()  # type: ignore[attr-defined]
    assert "The file changes nothing" in page
    assert brought(browser, content, write=True).status_code == 302  # type: ignore[attr-defined]
    assert state() == before


def test_a_file_is_looked_at_and_then_written_with_the_same_outcome(browser: Client) -> None:
    text = browser.get(f"{LIST}.csv").content.decode("utf-8-sig")
    text = text.replace("Medical mask, type IIR", "Medical mask, kind IIR")
    text += "WHEELCHAIR,Wheelchair,كرسي متحرك,Silla de ruedas,Fauteuil roulant,equipment,piece,CASE,1,,WHO,\r\n"
    before = state()
    answer = brought(browser, text.encode())
    assert answer.context["outcome"].created == ["WHEELCHAIR"]  # type: ignore[attr-defined]
    assert answer.context["outcome"].updated == ["MASK-IIR"]  # type: ignore[attr-defined]
    assert state() == before
    answer = browser.post(f"{LIST}/import", {"text": text, "do": "write"}, follow=True)
    assert "2 items were added or corrected" in answer.content.decode()
    assert make.item("MASK-IIR").name_en == "Medical mask, kind IIR" and make.item("WHEELCHAIR").name_fr
    # The row of the mask was typed from an older standing, but it says what stands now.
    assert "The file changes nothing" in brought(browser, text.encode()).content.decode()  # type: ignore[attr-defined]
    late = text.replace("Medical mask, kind IIR", "Medical mask, sort IIR")
    answer = brought(browser, late.encode(), write=True)
    assert answer.status_code == 422 and "since the file was taken out" in said(answer)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("X1,,ا,a,b,supply,piece,IPC,1,,S,", "Every name stands"),
        ("X1,A1,ا,a,b,supply,none,IPC,1,,S,", "No base unit"),
        ("X1,A1,ا,a,b,supply,piece,NO,1,,S,", "No sector"), ("X1,A1,ا,a,b,supply,piece,IPC,yes,,S,", "whole units"),
        ("x 1,A1,ا,a,b,supply,piece,IPC,1,,S,", "is not a code"), ("X1,A1,ا,a,b,king,piece,IPC,1,,S,", "US cents"),
        ("X1," + "A" * 201 + ",ا,a,b,supply,piece,IPC,1,,S,", "more than 200"),
    ],
)  # fmt: skip
def test_one_faulty_row_and_nothing_is_written(browser: Client, row: str, words: str) -> None:
    header = browser.get(f"{LIST}.csv").content.decode("utf-8-sig").splitlines()[0]
    good = "WHEELCHAIR,Wheelchair,كرسي متحرك,Silla de ruedas,Fauteuil roulant,equipment,piece,CASE,1,,WHO,"
    answer = brought(browser, f"{header}\n{good}\n{row}\n".encode(), write=True)
    assert answer.status_code == 422 and words in said(answer) and "Row 3" in said(answer)  # type: ignore[attr-defined]
    assert not Item.objects.filter(code="WHEELCHAIR").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"a,b\n1,2\n", "needs these columns"), (b"\xff\xfe\x00", "no CSV text"), (b"code\0", "no CSV text"),
     (b"\n", "needs these columns"), (b"x" * 1_000_001, "larger than 1 MB")],
)  # fmt: skip
def test_what_is_not_our_file_is_answered_with_a_sentence(browser: Client, content: bytes, words: str) -> None:
    answer = brought(browser, content)
    assert answer.status_code == 422 and words in said(answer)  # type: ignore[attr-defined]


def test_units_are_added_and_corrected(browser: Client) -> None:
    fields = {"code": "roll", "name_en": "roll", "name_ar": "لفة", "name_es": "rollo", "name_fr": "rouleau"}
    assert browser.post(f"{LIST}/units", {**fields, "code": "pcs"}).status_code == 422
    assert browser.post(f"{LIST}/units", fields).status_code == 302
    assert browser.post(f"{LIST}/units?unit=roll", {**fields, "code": "", "name_fr": "bobine"}).status_code == 302
    assert Unit.objects.get(code="roll").name_fr == "bobine"
    assert browser.get(f"{LIST}/units?unit=none").status_code == 404


@pytest.mark.parametrize("language", ["en", "ar", "es", "fr"])
def test_every_page_answers_in_every_language(browser: Client, language: str) -> None:
    pages = ("", "/new", "/units", "/items/KIT-NCD-2022", "/items/MASK-IIR/edit", "/items/MASK-IIR/retire",
                 "/items/MASK-IIR/packs/add", "/items/MASK-IIR/codes/add", "/items/MASK-IIR/names/add",
                 "/items/MASK-IIR/prices/add", "/items/KIT-NCD-2022/contents")  # fmt: skip
    with override("en"):  # a request leaves its language behind
        for path in pages:
            answer = browser.get(f"/{language}/coordination/catalogue{path}")
            assert answer.status_code == 200
            assert not re.search(r"<[^>]+\s(style|on\w+)=", answer.content.decode()), path


# ── a coalition with fewer languages ─────────────────────────────────────────
@pytest.fixture
def two_languages(settings: Any) -> None:
    """English and French, as in the coalition of the lakes."""
    settings.LANGUAGES = [("en", "English"), ("fr", "Français")]


def asked_names(page: str) -> set[str]:
    """Languages in which a page asks for a name."""
    return set(re.findall(r'name="name_(..)"', page))


@pytest.mark.usefixtures("two_languages")
def test_names_are_asked_for_in_the_languages_of_the_coalition_only(browser: Client) -> None:
    pack = Item.objects.get(code="MASK-IIR").packs.order_by("pk")[0]
    for address in ("new", "items/MASK-IIR/edit", "items/MASK-IIR/packs/add", f"items/MASK-IIR/packs/{pack.pk}",
                    "units", "units?unit=piece"):  # fmt: skip
        assert asked_names(browser.get(f"{LIST}/{address}").content.decode()) == {"en", "fr"}, address
    item = browser.get(f"{LIST}/items/MASK-IIR").content.decode()
    assert Item.objects.get(code="MASK-IIR").name_fr in html.unescape(item)
    assert Item.objects.get(code="MASK-IIR").name_ar not in item
    assert browser.post(f"{LIST}/new", typed(name_fr="")).status_code == 422


@pytest.mark.usefixtures("two_languages")
def test_names_that_are_not_asked_for_stay_and_are_the_leading_ones_of_what_is_new(browser: Client) -> None:
    fields = {name: value for name, value in typed().items() if name not in ("name_ar", "name_es")}
    assert browser.post(f"{LIST}/new", fields).status_code == 302
    made = Item.objects.get(code="WHEELCHAIR")
    assert (made.name_ar, made.name_es, made.name_fr) == ("Wheelchair", "Wheelchair", "Fauteuil roulant")
    browser.post(f"{LIST}/items/WHEELCHAIR/edit", correction(browser, "WHEELCHAIR", name_en="A wheelchair"))
    made.refresh_from_db()
    assert (made.name_en, made.name_ar) == ("A wheelchair", "A wheelchair")
    before = Item.objects.get(code="MASK-IIR")
    answer = browser.post(f"{LIST}/items/MASK-IIR/edit", correction(browser, "MASK-IIR", name_fr="Masque médical"))
    after = Item.objects.get(code="MASK-IIR")
    assert answer.status_code == 302 and after.name_fr == "Masque médical"
    assert (after.name_en, after.name_ar, after.name_es) == (before.name_en, before.name_ar, before.name_es)
    pack = {"name_en": "crate", "name_fr": "caisse", "factor": "500", "aliases": "", "source": ""}
    answer = browser.post(f"{LIST}/items/MASK-IIR/packs/add", {**pack, "version": after.version})
    assert answer.status_code == 302 and after.packs.get(name_en="crate").name_ar == "crate"
    browser.post(f"{LIST}/units", {"code": "truck", "name_en": "truck", "name_fr": "camion", "aliases": ""})
    assert Unit.objects.get(code="truck").name_es == "truck"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_units_are_offered_from_a_to_z_in_the_readers_language(browser: Client, language: str) -> None:
    page = browser.get(LIST.replace("/en/", f"/{language}/") + "/new").content.decode()
    offered = re.findall(r"<option[^>]*>([^<]+)</option>", page.split('name="base_unit"')[1].split("</select>")[0])[1:]
    assert len(offered) == Unit.objects.count() and offered == sorted(
        offered, key=lambda name: fold(html.unescape(name))
    )


@pytest.mark.usefixtures("two_languages")
def test_a_file_may_leave_names_blank_that_nobody_reads(browser: Client) -> None:
    head = "code,name_en,name_ar,name_es,name_fr,kind,base_unit,sector,whole,flags,source,version\n"
    old = Item.objects.get(code="MASK-IIR")
    rows = (
        "WHEELCHAIR,Wheelchair,,,Fauteuil roulant,equipment,piece,CASE,1,,WHO,\n"
        f"MASK-IIR,Medical mask,,,Masque médical,{old.kind},piece,{old.sector.code},1,,WHO,\n"
    )
    assert browser.post(f"{LIST}/import", {"text": head + rows, "do": "write"}).status_code == 302
    assert Item.objects.get(code="WHEELCHAIR").name_ar == "Wheelchair"
    new = Item.objects.get(code="MASK-IIR")
    assert (new.name_en, new.name_ar, new.name_es) == ("Medical mask", old.name_ar, old.name_es)
    blank = "CRUTCH,Crutch,,,,equipment,piece,CASE,1,,WHO,\n"
    answer = browser.post(f"{LIST}/import", {"text": head + blank, "do": "write"})
    assert answer.status_code == 422 and "missing in this language" in answer.content.decode()
