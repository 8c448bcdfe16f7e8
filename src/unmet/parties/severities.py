"""How severe an index of others says the crisis of each country is: the newest month of each."""

from datetime import date

from django.db.models import Exists, OuterRef

from unmet.parties.models import Severity


def newest(*, on: date) -> dict[int, Severity]:
    """Party -> what the index states of it last, up to a day. Of whom it states nothing there is no entry."""
    rows = Severity.objects.filter(index=Severity.Index.INFORM, month_on__lte=on)
    later = rows.filter(party=OuterRef("party"), month_on__gt=OuterRef("month_on"))
    return {row.party_id: row for row in rows.filter(~Exists(later))}
