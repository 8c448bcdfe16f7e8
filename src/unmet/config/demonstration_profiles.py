"""The demonstration's delivery profile: invented, and said to be so in it."""

from datetime import datetime, timedelta
from typing import Final

from unmet.access.models import Role
from unmet.config.demonstration_people import People
from unmet.config.demonstration_requests import TEXT
from unmet.support import profiles
from unmet.support.profile_form import Value

# Zambia's equipment: power is stated and the oxygen fitting is not, so that one request is not ready yet.
ZAMBIA: Final[dict[str, Value]] = {
    "consignee": f"Ministry of Health, medical stores\n{TEXT}", "notify": f"Clearing office\n{TEXT}",
    "contact_office": f"Receiving office. {TEXT}", "delivery_point": f"Central medical store, Lusaka\n{TEXT}",
    "airport": "Lusaka", "airport_tonnage": "60", "airport_cold": "yes", "crossing": "Chirundu",
    "incoterms": ["CIP", "DAP"], "clears": "consignee", "pays": "consignee", "exemption": "applied",
    "documents": f"Donation certificate, packing list. {TEXT}", "permit": f"Waiver of the regulator. {TEXT}",
    "shelf_life": "12", "label_languages": ["en"], "voltage": "220-240", "frequency": "50", "plugs": ["C", "D", "G"],
    "store_room": "900", "store_fridge": "40", "store_freezer": "6", "dangerous": "notice",
}  # fmt: skip


def load(people: People, at: datetime) -> None:
    """Zambia's focal point states how it takes delivery, and its approver confirms it."""
    member = people.parties["ZMB"]
    with people.acting("ZMB", Role.FOCAL_POINT, at) as (by, moment):
        draft = profiles.save(ZAMBIA, member=member, by=by, at=moment)
    with people.acting("ZMB", Role.APPROVER, at + timedelta(hours=3)) as (by, moment):
        profiles.confirm(draft, edits=draft.edits, by=by, at=moment)
