"""The faults of a table of receipts: why a row is not clear, and what to do.

Each entry: sentence, remedy, and the remedy where a likely answer is known.
"""

from typing import Final

from django.utils.translation import gettext_noop as _

from unmet.exchange._fault_reason import Reason

_ONE_REASON = _("Choose a reason from the list.")
_THIS_REASON = _("Write one of these: %(likely)s.")

RECEIPTS: Final = {
    # ── which line is meant ──────────────────────────────────────────────────
    "waybill_blank": Reason(
        _("The waybill is blank, so we do not know which consignment is meant."), _("Write the number of the waybill.")
    ),
    "waybill_unknown": Reason(
        _("“%(value)s” is not the waybill of a consignment that was sent to %(ours)s."),
        _("Check the number against the waybill; a spreadsheet may have taken zeros off its beginning."),
    ),
    "item_not_in_consignment": Reason(
        _("“%(value)s” is not in this consignment."),
        _("Write the item as it was shipped. What came instead of it stands under “Remark”."),
        _("In it are: %(likely)s. Write that. What came instead of it stands under “Remark”."),
    ),
    "lot_unknown": Reason(
        _("“%(value)s” is not a lot of this item in this consignment."),
        _("Leave the cell blank: this item was shipped without lots."),
        _("Write the lot that was shipped: %(likely)s. What came instead of it stands under “Remark”."),
    ),
    "line_ambiguous": Reason(
        _("Several lines of this consignment have this item and lot, so we do not know which one is meant."),
        _("Fill in the workbook that you download here: it knows the lines apart. Or open the consignment."),
        _("Write the lot: %(likely)s. Or fill in the workbook that you download here: it knows the lines apart."),
    ),
    "line_twice": Reason(
        _("Row %(first)s of the sheet “%(sheet)s” states the same line. We do not add the two up."),
        _("Keep one row with all that was counted."),
    ),
    "shipped_other": Reason(
        _("“%(value)s” is not what was shipped: %(before)s %(unit)s."),
        _("Write what was shipped, or leave the cell blank, and count in the same unit."),
    ),
    "consignment_over": Reason(
        _("This consignment is %(theirs)s, so nothing of it can be received."),
        _("Delete the row. If it came after all, ask whoever sent it to say so."),
    ),
    # ── what was counted ─────────────────────────────────────────────────────
    "accepted_blank": Reason(
        _("Nothing stands under “Accepted” although the row says something, and a blank is not zero."),
        _("Write how many were accepted; write 0 if none was."),
    ),
    "not_adding_up": Reason(
        _("Accepted, rejected and missing make %(amount)s %(unit)s, and %(before)s were shipped."),
        _("Count again, and write what was rejected or is missing; what came beyond that is a surplus."),
    ),
    "rejected_why_blank": Reason(_("What was rejected needs a reason."), _ONE_REASON, _THIS_REASON),
    "missing_why_blank": Reason(_("What is missing needs a reason."), _ONE_REASON, _THIS_REASON),
    "why_unknown": Reason(_("“%(value)s” is not a reason of the list."), _ONE_REASON, _THIS_REASON),
    "why_without_quantity": Reason(
        _("There is a reason, “%(value)s”, and no quantity that it is about."),
        _("Write the quantity beside it, or take the reason out."),
    ),
    "why_in_words": Reason(
        _("“Another reason” says nothing by itself."), _("Write under “Remark” which reason it was.")
    ),
    # ── on which day ─────────────────────────────────────────────────────────
    "received_before_sent": Reason(
        _("“%(value)s” is before the day on which the consignment was sent: %(first)s."), _("Correct the day.")
    ),
    "received_two_days": Reason(
        _("Another row of this consignment says that it was received on %(first)s, and one receipt has one day."),
        _("Write the same day beside all its lines, or leave the other cells blank."),
    ),
    "received_outside": Reason(
        _("“%(value)s” is no day on which a consignment can have come; we take days from %(first)s to %(last)s."),
        _("Correct the day."),
    ),
    "received_calendar": Reason(
        _("“%(value)s” looks like a date of the %(calendar)s calendar: %(likely)s."),
        _("Correct the day."),
        _("Confirm %(likely)s once for the whole column, or correct the cell."),
    ),
    # ── what stands already, and what is left out ────────────────────────────
    "received_other": Reason(
        _(
            "This line was received already, and the receipt says something else: %(before)s %(unit)s accepted, on "
            "%(first)s."
        ),
        _("If this row corrects it, write “yes” under “Correction”. Otherwise delete the row."),
    ),
    "correction_unclear": Reason(
        _("“%(value)s” is neither “yes” nor “no”."),
        _("Write “yes” if the row corrects what was received already, or leave the cell blank."),
    ),
    "receipt_in_part": Reason(
        _(
            "A table receives a consignment whole. Of this one, these rows are not filled in, or are refused: "
            "%(missing)s."
        ),
        _(
            "Fill in or correct these rows too. What has not arrived yet is received on the page of the consignment, "
            "line by line."
        ),
    ),
    # ── a workbook of another form ───────────────────────────────────────────
    "form_of_needs": Reason(
        _("This is a workbook of needs, and receipts are read here."),
        _("Send it on the page of its round, or download the workbook of receipts here."),
    ),
    "form_of_receipts": Reason(
        _("This is a workbook of receipts, and needs are read here."),
        _("Send it on the page of the consignments, or download the workbook of needs here."),
    ),
}
