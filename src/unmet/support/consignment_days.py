"""When lines of support are expected that travel in consignments."""

from collections.abc import Iterable
from datetime import date

from unmet.support.models import Consignment, Line


def expect(lines: Iterable[Line], expected: date | None, *, was: date | None = None) -> None:
    """Lines that are wholly under way are expected when their last consignment is.

    Of a line of which something still waits to be sent, the day that was promised stands; where none was, or where it
    came of this consignment (`was` is the day before a correction), this one is taken, so that it is late some day.
    """
    for line in lines:
        if expected is None or (line.committed and line.expected_on not in (None, was)):
            continue
        days = Consignment.objects.filter(lines__line=line, state__in=Consignment.UNDER_WAY).values_list("expected_on")
        last = max([expected, *(day for (day,) in days if day)])
        Line.objects.filter(pk=line.pk).update(expected_on=last)
