"""From typed rows to support lines: parties, stages, and a box that is counted once."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.lookups import OXYGEN, sheet, support_words
from unmet.exchange.stages import STAGES, find_stage
from unmet.exchange.support_sheet import Answers, parse
from unmet.support.lines import ORDER
from unmet.support.lookup import KnownLine

KEY = ("WHO", "WHO-2021-7", "SDN", OXYGEN.id)


def gift(**cells):
    """A row of a sheet whose headers are the field names."""
    plain = {
        "giver": "WHO",
        "member": "Sudan",
        "item": "OXY-CONC-10",
        "quantity": 200,
        "stage": "pledged",
        "date": "2021-04-01",
        "reference": "WHO-2021-7",
    }
    return {**plain, **cells}


def read(*rows, lookup=None, **answers):
    return parse(sheet(*rows, name="Support"), lookup or support_words(), answers=Answers(**answers))


def one(*rows, **options):
    parsed = read(*rows, **options)
    assert parsed.problems() == (), [fault.sentence for fault in parsed.problems()]
    (line,) = parsed.lines
    return line


def reasons(*rows, **options):
    parsed = read(*rows, **options)
    assert parsed.read == len(rows) == len(parsed.lines) + parsed.refused
    return [(fault.row, fault.field, fault.reason) for fault in parsed.problems()]


def known(stated, standing):
    """A lookup in which the line of `gift` is known; quantities in pieces."""
    thousandths = [{stage: pieces * 1000 for stage, pieces in measure.items()} for measure in (stated, standing)]
    return support_words(known={KEY: KnownLine(*thousandths)})


# ── good lines ───────────────────────────────────────────────────────────────
def test_a_full_line():
    line = one(
        gift(
            giver="OMS",
            channel="unicef",
            member="السودان",
            item="Concentrateur d'oxygène, 10 L/min",
            quantity="1 200",
            stage="expédié",
            date="1er avril 2021",
            expected="10 May 2021",
            need="n-17",
        )
    )
    assert (line.giver_code, line.channel_code, line.member_code, line.item_id) == ("WHO", "UNICEF", "SDN", OXYGEN.id)
    assert (line.quantity, line.stage, line.need_code) == (1_200_000, "in_transit", "n-17")
    assert (line.dated_on, line.expected_on) == (date(2021, 4, 1), date(2021, 5, 10))
    assert (line.reference, line.reason, line.outcome) == ("WHO-2021-7", "", "created")
    assert (line.sheet, line.row, line.key) == ("Support", 2, KEY)


def test_money_and_packs_come_in_base_units():
    assert one(gift(item="GRANT-PLAN", quantity="1,234.50")).quantity == 123_450_000
    assert one(gift(item="MASK-IIR", quantity=2, unit="boxes of 50")).quantity == 100_000


def test_a_sheet_may_leave_out_the_party_whose_people_send_it():
    rows = [{k: v for k, v in gift().items() if k != "giver"}]
    assert one(*rows, lookup=support_words(giver="WHO")).giver_code == "WHO"
    assert read(*rows).unmapped is not None
    assert reasons(gift(giver=None), lookup=support_words(giver="WHO")) == [(2, "giver", "party_blank")]


# ── stages ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("Pledged", "pledged"), ("promised", "pledged"), ("promis", "pledged"), ("prometido", "pledged"),
        ("المتعهَّد به", "pledged"), ("Allocated", "allocated"), ("alloué", "allocated"), ("مخصص", "allocated"),
        ("accepted", "committed"), ("engagée", "committed"), ("comprometidos", "committed"),
        ("الملتزَم به", "committed"), ("in transit", "in_transit"), ("in_transit", "in_transit"),
        ("SHIPPED", "in_transit"), ("expédiées", "in_transit"),
        ("enviadas", "in_transit"), ("في الطريق", "in_transit"), ("delivered", "received"), ("reçus", "received"),
        ("recibida", "received"), ("المستلَم", "received"), ("rejected", "rejected"), ("rechazado", "rejected"),
        ("مرفوض", "rejected"), ("lost", "missing"), ("manquantes", "missing"), ("مفقود", "missing"),
    ],
)  # fmt: skip
def test_stages_in_four_languages(text, stage):
    assert find_stage(text) == stage


def test_every_stage_is_named_and_no_word_names_two():
    assert set(STAGES.values()) == set(ORDER)
    assert find_stage("on order") is None


@pytest.mark.parametrize("text", ["soon", "planned", "yes", "pledged?maybe", "1"])
def test_what_is_no_stage_is_never_a_pledge(text):
    assert reasons(gift(stage=text)) == [(2, "stage", "stage_unknown")]


def test_a_blank_stage_is_never_a_pledge():
    (fault,) = read(gift(stage=None)).faults
    assert fault.reason == "stage_blank"
    assert "“pledged”, “allocated”" in fault.remedy
    titles = {k: v for k, v in gift().items() if k != "stage"}
    assert read(titles).unmapped is not None, "nor is a missing column"


def test_a_stage_that_the_typist_may_not_state_is_refused_not_changed():
    givers_own = support_words(may_as_member={})
    (fault,) = read(gift(stage="received"), lookup=givers_own).faults
    assert fault.reason == "stage_not_yours"
    assert "“in transit”" in fault.remedy
    assert reasons(gift(giver="UNICEF")) == [(2, "stage", "stage_not_yours")]
    assert reasons(gift(member="Cuba", stage="received")) == [(2, "stage", "stage_not_yours")]
    assert reasons(gift(), lookup=support_words(may_as_giver={}, may_as_member={})) == [(2, "stage", "stage_not_yours")]


# ── faults ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"giver": None}, "giver", "party_blank"),
        ({"giver": "World Heath Organisation"}, "giver", "party_unknown"),
        ({"channel": "nobody"}, "channel", "party_unknown"),
        ({"member": "UNICEF"}, "member", "party_not_a_member"),
        ({"member": "Sudann"}, "member", "party_unknown"),
        ({"item": None}, "item", "item_blank_support"),
        ({"item": "Oxigen thing"}, "item", "item_unknown_support"),
        ({"item": "Glove"}, "item", "item_ambiguous"),
        ({"quantity": None}, "quantity", "quantity_blank"),
        ({"quantity": 0}, "quantity", "number_zero"),
        ({"quantity": "1,250"}, "quantity", "number_ambiguous"),
        ({"quantity": "-1"}, "quantity", "number_negative"),
        ({"quantity": Decimal("1.5")}, "quantity", "number_not_whole"),
        ({"unit": "pallet"}, "unit", "unit_unknown"),
        ({"date": None}, "date", "date_blank"),
        ({"date": "01/04/2021"}, "date", "date_ambiguous"),
        ({"date": "1950-01-01"}, "date", "date_outside"),
        ({"expected": "next month"}, "expected", "date_unclear"),
        ({"stage": "received", "date": "2021-05-01"}, "date", "date_in_future"),
        ({"reference": None}, "reference", "reference_blank"),
        ({"reference": "x" * 81}, "reference", "text_too_long"),
        ({"need": "N-99"}, "need", "need_unknown"),
        ({"need": "N-17", "item": "MASK-IIR"}, "need", "need_unknown"),
        ({"stage": "rejected"}, "reason", "reason_blank"),
        ({"stage": "missing"}, "reason", "reason_blank"),
    ],
)
def test_a_faulty_cell_refuses_its_row(cells, field, reason):
    assert reasons(gift(**cells)) == [(2, field, reason)]


def test_a_reason_stands_with_what_was_rejected():
    assert one(gift(stage="rejected", reason="wrong plug")).reason == "wrong plug"


def test_a_party_spelt_wrongly_is_offered():
    (fault,) = read(gift(giver="World Heath Organisation")).faults
    assert "World Health Organization" in fault.remedy


# ── against what is known ────────────────────────────────────────────────────
def test_the_same_stage_and_quantity_is_unchanged():
    assert one(gift(), lookup=known({"pledged": 200}, {"pledged": 200})).outcome == "unchanged"
    moved_on = known({"pledged": 200, "committed": 200}, {"committed": 200})
    assert one(gift(), lookup=moved_on).outcome == "unchanged", "an old file again changes nothing"


def test_another_quantity_at_the_same_stage_is_refused():
    (fault,) = read(gift(quantity=250), lookup=known({"pledged": 200}, {"pledged": 200})).faults
    assert (fault.reason, fault.cell, fault.value) == ("step_other_quantity", "D2", "250")
    assert "200" in fault.sentence


def test_what_arrived_later_is_not_stated_by_a_second_sheet():
    row = gift(quantity=250, stage="received")
    (fault,) = read(row, lookup=known({"received": 200}, {"received": 200, "in_transit": 250})).faults
    assert (fault.reason, fault.cell, fault.value) == ("step_received_before", "D2", "250")
    assert "200" in fault.sentence and "page of the line" in fault.remedy


def test_a_later_stage_moves_the_quantity_in_part_or_whole():
    pledged = known({"pledged": 200}, {"pledged": 200})
    assert one(gift(stage="accepted", quantity=150), lookup=pledged).outcome == "updated"
    assert one(gift(stage="received"), lookup=pledged).outcome == "updated"
    assert reasons(gift(stage="received", quantity=201), lookup=pledged) == [(2, "quantity", "step_more")]


def test_a_stage_cannot_go_back():
    (fault,) = read(gift(), lookup=known({"received": 200}, {"received": 200})).faults
    assert fault.reason == "step_back"
    assert "received" in fault.sentence


def test_the_rows_of_one_line_may_stand_in_any_order():
    way = [
        gift(stage="received", quantity=194),
        gift(stage="rejected", quantity=4, reason="wrong plug"),
        gift(stage="pledged"),
        gift(stage="missing", quantity=2, reason="not in the box"),
        gift(stage="accepted"),
    ]
    parsed = read(*way)
    assert parsed.problems() == ()
    assert [(line.stage, line.outcome) for line in parsed.lines] == [
        ("received", "updated"), ("rejected", "updated"), ("pledged", "created"), ("missing", "updated"),
        ("committed", "updated"),
    ]  # fmt: skip


def test_a_receipt_in_three_parts_may_be_the_first_thing_known():
    parsed = read(gift(stage="received", quantity=194), gift(stage="rejected", quantity=6, reason="wrong plug"))
    assert [line.outcome for line in parsed.lines] == ["created", "updated"]


def test_more_cannot_arrive_than_was_on_its_way():
    rows = [gift(stage="shipped", quantity=100), gift(stage="received", quantity=90),
            gift(stage="missing", quantity=11, reason="?")]  # fmt: skip
    assert reasons(*rows) == [(4, "quantity", "step_more")]


def test_the_same_step_twice_is_never_summed():
    assert reasons(gift(), gift()) == [(3, "stage", "step_twice")]
    assert reasons(gift(), gift(reference="WHO-2021-8"), gift(item="MASK-IIR")) == []


# ── laws ─────────────────────────────────────────────────────────────────────
CELLS = st.none() | st.text(max_size=12) | st.integers(-5, 10**14) | st.decimals() | st.dates() | st.booleans()
LIKELY_CELLS = {
    "giver": st.sampled_from(["WHO", "UNICEF", None]) | CELLS,
    "channel": st.none() | CELLS,
    "member": st.sampled_from(["Sudan", "CUB"]) | CELLS,
    "item": st.sampled_from(["OXY-CONC-10", "GRANT-PLAN"]) | CELLS,
    "quantity": st.sampled_from(["5", "1,250", 5, 7]) | CELLS,
    "unit": st.none() | CELLS,
    "stage": st.sampled_from([*ORDER, "delivered", "soon"]) | CELLS,
    "date": st.sampled_from(["2021-04-01", "01/04/2021"]) | CELLS,
    "expected": st.none() | CELLS,
    "reference": st.sampled_from(["A", "B"]) | CELLS,
    "need": st.none() | CELLS,
    "reason": st.sampled_from(["broken", None]) | CELLS,
}


@given(st.lists(st.fixed_dictionaries(LIKELY_CELLS), max_size=8))
def test_any_table_is_read_and_the_counts_add_up(rows):
    parsed = parse(sheet(dict.fromkeys(LIKELY_CELLS, "x"), *rows), support_words())
    outcomes = Counter(line.outcome for line in parsed.lines)
    assert set(outcomes) <= {"created", "updated", "unchanged"}
    assert parsed.read == sum(outcomes.values()) + parsed.refused
    assert parsed.refused == len({fault.row for fault in parsed.problems()})
    for line in parsed.lines:
        assert line.quantity > 0
        assert line.stage in ORDER
    for fault in parsed.problems():
        assert fault.sentence
        assert fault.remedy


WAY = [
    gift(stage=stage, reference=reference, reason="x") for reference in "AB" for stage in ("pledged", "shipped", "lost")
]


@given(st.permutations(WAY))
def test_the_order_of_rows_does_not_matter(rows):
    def said(table):
        return {(line.reference, line.stage, line.quantity, line.outcome) for line in read(*table).lines}

    assert said(rows) == said(WAY)
    assert len(said(rows)) == len(WAY)
