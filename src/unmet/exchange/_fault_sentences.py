"""Every fault and question a typed line may meet: why it is not clear, and what to do.

Each entry: sentence, remedy, and the remedy where a likely answer or suggestions are known. A value
in the templates is as it was typed; dates, numbers and lists are written out in the reader's language.
"""

from typing import Final

from django.utils.translation import gettext_noop as _

from unmet.exchange._fault_reason import Reason
from unmet.exchange._receipt_sentences import RECEIPTS

_ASK_COLUMN = _("Answer once for the whole column.")
_CORRECT = _("Correct the cell.")

NUMBERS: Final = {
    "number_blank": Reason(
        _("A blank is not zero, so this line was not read as “nothing needed”."),
        _("Write 0 if the need has ended, or delete the row if you have nothing to say about it."),
    ),
    "number_ambiguous": Reason(_("“%(value)s” could be %(first)s or %(second)s."), _ASK_COLUMN),
    "number_words": Reason(
        _("“%(value)s” is not a number."),
        _("Write one number in this cell, in figures."),
        _("Write %(likely)s in this cell and the other words under “Unit or pack” or “Remark”."),
    ),
    "number_estimate": Reason(
        _("“%(value)s” is not a number."),
        _("Write one number in this cell, in figures."),
        _("Write %(likely)s in this cell and “estimate” under Remark."),
    ),
    "number_negative": Reason(
        _("“%(value)s” is below zero; a quantity is zero or more."),
        _CORRECT,
        _("Write %(likely)s if that is the quantity."),
    ),
    "number_percent": Reason(
        _("“%(value)s” is a share of something, not a quantity."), _("Write the quantity itself, in figures.")
    ),
    "number_exponent": Reason(
        _("“%(value)s” is a number in short form, in which digits may have been lost."),
        _("Write the number with all its digits."),
        _("Write %(likely)s if that is the number."),
    ),
    "number_decimals": Reason(
        _("“%(value)s” has more than three decimals."),
        _("Write at most three decimals."),
        _("Write at most three decimals, for example %(likely)s."),
    ),
    "number_too_large": Reason(
        _("“%(value)s” is larger than a quantity may be."), _("Check the zeros and the unit, and correct the cell.")
    ),
    "number_against_answer": Reason(
        _("“%(value)s” does not fit the decimal mark that was chosen for this column."),
        _CORRECT,
        _("Write %(likely)s with the chosen decimal mark if that is the number."),
    ),
    "number_is_date": Reason(
        _("The cell holds a date where a number is asked."), _("Set the cell to the format “number” and type it again.")
    ),
    "number_not_whole": Reason(
        _("“%(value)s” comes to %(amount)s in the base unit (%(unit)s), and “%(item)s” is counted in whole units."),
        _("Write a quantity that makes whole units."),
    ),
    "number_too_fine": Reason(
        _("“%(value)s” comes to more than three decimals of the base unit, %(unit)s."),
        _("Write the quantity in %(unit)s."),
    ),
    "number_zero": Reason(_("“%(value)s” says that nothing was given."), _("Write the quantity, or delete the row.")),
    "quantity_blank": Reason(
        _("The quantity is blank, and a blank is not zero."), _("Write the quantity, or delete the row.")
    ),
    "gross_blank": Reason(
        _("“%(value)s” says how the gross quantity was found, and the gross quantity is blank."),
        _("Write the gross quantity, or move the words to Remark."),
    ),
    "rank_unclear": Reason(
        _("“%(value)s” is not a rank."), _("Write a whole number from 1 up, or leave the cell blank.")
    ),
}

DATES: Final = {
    "date_ambiguous": Reason(_("“%(value)s” could be %(first)s or %(second)s."), _ASK_COLUMN),
    "date_ambiguous_once": Reason(_("“%(value)s” could be %(first)s, or another day."), _ASK_COLUMN),
    "date_calendar": Reason(
        _("“%(value)s” is outside the round. It looks like a date of the %(calendar)s calendar: %(likely)s."),
        _CORRECT,
        _("Confirm %(likely)s once for the whole column, or correct the cell."),
    ),
    "date_unclear": Reason(_("“%(value)s” is not a date we can read."), _("Write the date like this: %(example)s.")),
    "date_blank": Reason(_("The date is blank."), _("Write the date like this: %(example)s.")),
    "date_no_such_day": Reason(
        _("“%(value)s” is not a day of the calendar: that month has %(days)s days."),
        _CORRECT,
        _("Did you mean %(likely)s? Correct the cell."),
    ),
    "date_two_digit_year": Reason(
        _("“%(value)s” has a year of two digits, so day and year may be confused."),
        _("Write the year with four digits."),
        _("Write %(likely)s if that was meant."),
    ),
    "date_is_number": Reason(
        _("“%(value)s” is a number where a date is asked."),
        _("Write the date like this: %(example)s."),
        _("It may stand for %(likely)s. Write that if it was meant."),
    ),
    "date_no_day": Reason(
        _("“%(value)s” does not name a day."),
        _("Write the date like this: %(example)s."),
        _("Write %(likely)s if the end of that time was meant."),
    ),
    "date_outside": Reason(
        _("“%(value)s” is outside the round, which takes dates from %(first)s to %(last)s."), _CORRECT
    ),
    "date_against_answer": Reason(
        _("“%(value)s” does not fit the order of day and month that was chosen for this column."),
        _CORRECT,
        _("Write %(likely)s if that was meant."),
    ),
    "date_two_calendars": Reason(
        _("“%(value)s” is a day of the round both in the Gregorian calendar and in the one confirmed for this column."),
        _("Write the Gregorian date like this: %(example)s."),
    ),
    "date_in_future": Reason(_("“%(value)s” has not come yet, so nothing can have arrived on it."), _CORRECT),
}

WORDS: Final = {
    "item_blank": Reason(
        _("The item is blank, so we do not know what is needed."),
        _("Write the name or the code of the item, or your own words."),
    ),
    "item_only_signs": Reason(
        _("“%(value)s” has neither a letter nor a digit, so we do not know what is needed."),
        _("Write the name or the code of the item, or your own words."),
    ),
    "item_unknown": Reason(
        _("“%(value)s” is not a name in the catalogue."),
        _("Write a name or code of the catalogue, or keep your own words; a colleague will propose an item."),
        _("Did you mean %(likely)s? Or keep your own words; a colleague will propose an item."),
    ),
    "item_blank_support": Reason(
        _("The item is blank, so we do not know what is given."), _("Write the name or the code of the item.")
    ),
    "item_unknown_support": Reason(
        _("“%(value)s” is not a name in the catalogue."),
        _("Write a name or code of the catalogue."),
        _("Did you mean %(likely)s? Write that."),
    ),
    "item_ambiguous": Reason(
        _("“%(value)s” is the name of several items."),
        _("Write the code of the item you mean."),
        _("Write the code of the item you mean: %(likely)s."),
    ),
    "item_other_sector": Reason(
        _("“%(item)s” belongs to the sector %(sector)s, which this round does not ask about."),
        _("State it in a round that asks about this sector, and delete the row here."),
    ),
    "unit_unknown": Reason(
        _("“%(value)s” is not a pack we know for “%(item)s”."),
        _("Write the quantity in %(unit)s."),
        _("Write %(likely)s, or tell us how much of the base unit, %(unit)s, it holds."),
    ),
    "unit_not_money": Reason(
        _("“%(value)s” is not the currency we count in; money is stated in US$."),
        _("Write the amount in US$, and “US$” or nothing in this cell."),
    ),
    "place_unknown": Reason(
        _("“%(value)s” is not among the places of the member."),
        _("Confirm it as a new place, or leave the cell blank for the whole country."),
        _("Write %(likely)s, or confirm it as a new place."),
    ),
    "place_ambiguous": Reason(
        _("“%(value)s” is the name of several places."),
        _("Write the code of the place you mean."),
        _("Write the code of the place you mean: %(likely)s."),
    ),
    "group_unknown": Reason(
        _("“%(value)s” is not a group we know."),
        _("Leave the cell blank for everyone."),
        _("Write %(likely)s, or leave the cell blank for everyone."),
    ),
    "group_ambiguous": Reason(
        _("“%(value)s” is the name of several groups."),
        _("Write the code of the group you mean."),
        _("Write the code of the group you mean: %(likely)s."),
    ),
    "text_too_long": Reason(
        _("The text is longer than %(limit)s characters."), _("Shorten it to %(limit)s characters.")
    ),
}

ROWS: Final = {
    "same_twice": Reason(
        _("This row states the same item, place and group as row %(first)s. We do not add the two up."),
        _("Keep one row with the whole quantity."),
    ),
    "same_twice_on_sheets": Reason(
        _(
            "This row states the same item, place and group as row %(first)s of the sheet “%(sheet)s”. "
            "We do not add the two up."
        ),
        _("Keep one row with the whole quantity."),
    ),
    "equal_less_receipts": Reason(
        _("%(value)s is the quantity stated before, %(before)s, less what was received since, %(received)s."),
        _("A statement is the total for the whole period. Say once for the column which was meant."),
    ),
    "both_levels": Reason(
        _("“%(value)s” is stated for the whole country or everyone, and also for a part of it."),
        _(
            "Lines add up, so “whole country” and “everyone” are read as “not broken down”. "
            "Confirm it once, or correct the rows."
        ),
    ),
    "columns_missing": Reason(
        _("On the sheet “%(sheet)s” we did not find the column %(missing)s."),
        _("Name the columns in the first row of the table, or say which column is which."),
    ),
    "columns_twice": Reason(
        _("On the sheet “%(sheet)s” several columns could be %(missing)s."),
        _("Say which column is meant."),
    ),
}

_ANOTHER_WORKBOOK = _("Download the workbook again and copy your lines into it, or have this one read as it is.")

WORKBOOKS: Final = {
    "form_other_member": Reason(
        _("This workbook was made for %(theirs)s, and it was sent here for %(ours)s."),
        _("Send it where it belongs, or download the workbook for %(ours)s and copy the lines into it."),
    ),
    "form_other_round": Reason(
        _("This workbook was made for the round %(theirs)s, and it was sent here for the round %(ours)s."),
        _("Send it in its own round, or download the workbook for the round %(ours)s and copy the lines into it."),
    ),
    "form_other_version": Reason(
        _(
            "This workbook has version %(theirs)s of the form, and we now use version %(ours)s. "
            "The columns are the same; what is meant by one of them may have changed."
        ),
        _ANOTHER_WORKBOOK,
    ),
    "form_columns_new": Reason(
        _(
            "This workbook has version %(theirs)s of the form, and we now use version %(ours)s. "
            "It was made without the column %(new)s."
        ),
        _ANOTHER_WORKBOOK,
    ),
    "form_columns_gone": Reason(
        _(
            "This workbook has version %(theirs)s of the form, and we now use version %(ours)s. "
            "We no longer read a column %(gone)s."
        ),
        _ANOTHER_WORKBOOK,
    ),
    "form_columns_both": Reason(
        _(
            "This workbook has version %(theirs)s of the form, and we now use version %(ours)s. "
            "It was made without the column %(new)s, and we no longer read a column %(gone)s."
        ),
        _ANOTHER_WORKBOOK,
    ),
}

SUPPORT: Final = {
    "party_blank": Reason(
        _("The cell is blank, so we do not know which party is meant."), _("Write a name or a code.")
    ),
    "party_unknown": Reason(
        _("“%(value)s” is not the name of a party."),
        _("Write the name of the party or its code."),
        _("Did you mean %(likely)s? Write that."),
    ),
    "party_ambiguous": Reason(
        _("“%(value)s” is the name of several parties."),
        _("Write the code of the party you mean."),
        _("Write the code of the party you mean: %(likely)s."),
    ),
    "party_not_a_member": Reason(_("“%(value)s” is not a member."), _("Write the member that the support is for.")),
    "stage_blank": Reason(
        _("The stage is blank, and a blank is not a pledge."),
        _("Write how far it has come."),
        _("Write how far it has come: %(likely)s."),
    ),
    "stage_unknown": Reason(
        _("“%(value)s” is not a stage we know, and we do not take it for a pledge."),
        _("Write how far it has come."),
        _("Write how far it has come: %(likely)s."),
    ),
    "stage_not_yours": Reason(
        _(
            "“%(value)s” may not be stated by you. Givers state pledges, allocations and transit; "
            "the member states what it accepts and receives."
        ),
        _("Leave this row to the people who may state it."),
        _("You may state: %(likely)s. Leave this row to the people who may state it."),
    ),
    "reference_blank": Reason(
        _("The reference is blank. It is how we know a line again, so that nothing is counted twice."),
        _("Write the giver's own number or name of the line."),
    ),
    "reason_blank": Reason(
        _("What was rejected or is missing needs a reason."), _("Write the reason in the column “Reason”.")
    ),
    "step_twice": Reason(
        _("This row states the same giver, reference, item and stage as row %(first)s. We do not add the two up."),
        _("Keep one row with the whole quantity."),
    ),
    "step_other_quantity": Reason(
        _("This line was stated before at the same stage with another quantity, %(before)s."),
        _("Correct the quantity, or give a new consignment a reference of its own."),
    ),
    "step_received_before": Reason(
        _("%(before)s of this line was stated at this stage before. A sheet states each stage of a line once."),
        _("State what arrived later on the page of the line, and correct a wrong number by a new receipt."),
    ),
    "step_back": Reason(
        _("This line has already come further: it is %(before)s."), _("Correct the stage, or delete the row.")
    ),
    "step_more": Reason(
        _("“%(value)s” is more than what of this line has not come so far yet: %(before)s."),
        _("Correct the quantity, or give a new consignment a reference of its own."),
    ),
    "step_in_consignment": Reason(
        _("%(before)s of this line is in a consignment, whose own page states what becomes of it."),
        _("State dispatch and receipt there, and delete the row."),
    ),
    "step_stopped": Reason(
        _("A request of the member says stop sending for this need, so nothing more is accepted for it."),
        _("Let sending go on first, or delete the row."),
    ),
    "step_more_than_needed": Reason(
        _("This is more than is not covered of the need, which is %(before)s."),
        _("State less of it. If you want more than is needed, say yes under “Meant all the same”."),
    ),
    "step_stop_sending": Reason(
        _("The member says stop sending for this need."),
        _("Ask the member before you send it. If it is on its way all the same, say yes under “Meant all the same”."),
    ),
    "step_paused": Reason(
        _("The member lets this need wait."),
        _("Ask the member before you send it. If it is on its way all the same, say yes under “Meant all the same”."),
    ),
    "meant_unclear": Reason(
        _("We do not understand “%(value)s” here."),
        _("Write yes where it is meant all the same, or nothing."),
    ),
    "step_not_accepted": Reason(
        _("Nothing of this line is accepted by the member yet, so it cannot be on its way."),
        _("State the pledge, and wait until the member accepts it."),
    ),
    "reference_other_member": Reason(
        _("This reference is known already for another member."), _("Give this line a reference of its own.")
    ),
    "reference_taken": Reason(
        _("This reference cannot be used for this line."),
        _("Ask the giver which reference it is, or give this line a reference of its own."),
    ),
    "line_of_offer": Reason(
        _("This line came of an offer, so it is pledged, accepted and taken back with the offer."),
        _("Open the offer and accept or withdraw it there. What is sent and received is stated here."),
    ),
    "giver_is_member": Reason(_("A party cannot give to itself."), _("Correct the giver or the member.")),
    "proposal_waits": Reason(
        _("Another quantity of this line waits already for the approver of the member: %(before)s."),
        _("Wait for the decision, or let the approver decline it first."),
    ),
    "need_unknown": Reason(
        _("“%(value)s” is not the code of a need of this member and item."),
        _("Correct the code, or leave the cell blank; the support then waits to be assigned."),
    ),
}

REASONS: Final[dict[str, Reason]] = {**NUMBERS, **DATES, **WORDS, **ROWS, **WORKBOOKS, **SUPPORT, **RECEIPTS}


def as_markdown() -> str:
    """The page docs/faults.md: every reason a line may be refused or asked about.

    `DJANGO_SETTINGS_MODULE=unmet.config.settings python -m unmet.exchange._fault_sentences > docs/faults.md` writes it.
    """
    lines = [
        "# Faults and questions",
        "",
        "Every reason for which a typed line is refused or asked about, as `reason` in `--json` and in the API.",
        "`%(…)s` stands for what was typed and what is known.",
        "",
        "| reason | what the person is told | what to do |",
        "|---|---|---|",
    ]
    for code, reason in REASONS.items():
        remedies = dict.fromkeys([reason.remedy_likely or reason.remedy, reason.remedy])
        lines.append(f"| `{code}` | {reason.sentence} | {' *or* '.join(remedies)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")

# A page and a program have neither cells nor rows: what is said there instead.
WITHOUT_CELLS: Final = {
    _CORRECT: _("Correct it here."),
    "Write one number in this cell, in figures.": _("Write one number here, in figures."),
    "Write %(likely)s in this cell and the other words under “Unit or pack” or “Remark”.": _(
        "Write %(likely)s here and the other words under “Unit or pack” or “Remark”."
    ),
    "Write %(likely)s in this cell and “estimate” under Remark.": _(
        "Write %(likely)s here and “estimate” as the remark."
    ),
    "Check the zeros and the unit, and correct the cell.": _("Check the zeros and the unit, and write it again."),
    "Write 0 if the need has ended, or delete the row if you have nothing to say about it.": _(
        "Write 0 if the need has ended, or leave the line out if you have nothing to say about it."
    ),
    "Write the quantity, or delete the row.": _("Write the quantity, or leave the line out."),
    "Did you mean %(likely)s? Correct the cell.": _("Did you mean %(likely)s? Write that."),
    "This row states the same item, place and group as row %(first)s. We do not add the two up.": _(
        "This line states the same item, place and group as line %(first)s. We do not add the two up."
    ),
    "Keep one row with the whole quantity.": _("Keep one line with the whole quantity."),
}
