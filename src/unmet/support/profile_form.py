"""The delivery profile as data: its sections and fields, and for which goods each field is asked.

The page that is filled in, the page that is read, the tick list and the files are all drawn from this one list.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.catalogue.models import Item

LONGEST_TEXT: Final = 200  # characters of one line
LONGEST_LINES: Final = 1000  # characters of several lines
_LARGEST: Final = Decimal(10_000_000)

Value = str | list[str]
Shape = Literal["text", "lines", "number", "choice", "choices"]
Wrong = Literal["too_long", "number", "choice"]


class For(StrEnum):
    """For which goods a field is asked."""

    GOODS = "goods"
    DATED = "dated"  # medicines, vaccines, diagnostics: what expires
    REGULATED = "regulated"  # controlled, or to be registered or waived
    ELECTRIC = "electric"
    OXYGEN = "oxygen"
    PLATFORM = "platform"
    FRIDGE = "fridge"  # +2 to +8 °C
    FREEZER = "freezer"  # −20 °C
    ULTRA = "ultra"  # −70 °C
    DANGEROUS = "dangerous"
    NOTHING = ""  # may be stated; nothing waits for it


_KINDS: Final[Mapping[str, frozenset[For]]] = {
    Item.Kind.SUPPLY: frozenset({For.GOODS}),
    Item.Kind.MEDICINE: frozenset({For.GOODS, For.DATED, For.REGULATED}),
    Item.Kind.VACCINE: frozenset({For.GOODS, For.DATED, For.REGULATED}),
    Item.Kind.DIAGNOSTIC: frozenset({For.GOODS, For.DATED}),
    Item.Kind.EQUIPMENT: frozenset({For.GOODS}),
    Item.Kind.INFRASTRUCTURE: frozenset({For.GOODS}),
}
_FLAGS: Final[Mapping[str, frozenset[For]]] = {
    "REG": frozenset({For.REGULATED}), "CTRL": frozenset({For.REGULATED}), "PWR": frozenset({For.ELECTRIC}),
    "FIT": frozenset({For.OXYGEN}), "PLAT": frozenset({For.PLATFORM}), "CC2-8": frozenset({For.FRIDGE, For.DATED}),
    "CC-20": frozenset({For.FREEZER, For.DATED}), "CC-70": frozenset({For.ULTRA, For.DATED}),
    "DG": frozenset({For.DANGEROUS}),
}  # fmt: skip


def wants(kind: str, flags: str) -> frozenset[For]:
    """What an item of this kind with these flags asks of a delivery profile; nothing where nothing is shipped.

    >>> [str(one) for one in sorted(wants("service", "PWR"))]
    []
    >>> [str(one) for one in sorted(wants("vaccine", "CC-70 ICG"))]
    ['dated', 'goods', 'regulated', 'ultra']
    """
    found = _KINDS.get(kind, frozenset())
    if not found:
        return found
    return found.union(*(_FLAGS.get(flag, frozenset()) for flag in flags.split()))


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the profile. `restricted` is shown to an accepted counterparty only, and purged after the last one."""

    name: str
    label: Any
    help: Any = ""
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Of fields with the same `one_of`, one that is stated will do."""

    name: str
    section: str
    label: Any
    shape: Shape = "text"
    asked_for: For = For.NOTHING
    help: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()
    one_of: str = ""


CONTACT: Final = "contact"
SECTIONS: Final = (
    Section(
        "consignee", _("Consignee"), _("The office that takes delivery. Write offices, never the name of a person."),
    ),
    Section(
        CONTACT, _("Contact office"),
        _(
            "Offices and shared addresses only, never a person. Only a giver or channel whose support you have "
            "accepted reads it, until it has arrived; six months after the last of it arrived it is deleted."
        ),
        restricted=True,
    ),
    Section("place", _("Delivery point")),
    Section("entry", _("Points of entry and their limits"), _("At least one airport, port or land crossing.")),
    Section("terms", _("Terms"), _("Who does and pays what between departure and the delivery point.")),
    Section("customs", _("Customs and permits")),
    Section("goods", _("The goods themselves")),
    Section("power", _("Electric power")),
    Section("technical", _("Fittings and installed platforms")),
    Section("storage", _("Storage and cold chain"), _("Volume that is free for new deliveries.")),
    Section("special", _("Special requirements")),
)  # fmt: skip

_YES_NO: Final = (("yes", _("Yes")), ("no", _("No")))
_WHO: Final = (
    ("consignee", _("The consignee")), ("giver", _("The giver or its agent")), ("channel", _("The channel")),
    ("agreed", _("As agreed for each delivery")),
)  # fmt: skip
# The rules of the International Chamber of Commerce, edition of 2020. Their codes are the same in every language.
_INCOTERMS: Final = tuple(
    (code, code) for code in ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")
)
_LANGUAGES: Final = (
    ("ar", _("Arabic")), ("en", _("English")), ("es", _("Spanish")), ("fr", _("French")), ("pt", _("Portuguese")),
    ("ru", _("Russian")), ("zh", _("Chinese")),
)  # fmt: skip
# IEC 60083 and common use; letters are the same in every language.
_PLUGS: Final = tuple((letter, letter) for letter in "ABCDEFGHIJKLMNO")

FIELDS: Final = (
    Field("consignee", "consignee", _("Consignee: office and address"), "lines", For.GOODS),
    Field("notify", "consignee", _("Notify party: office and address"), "lines", For.NOTHING, _("If it is another.")),
    Field("contact_office", CONTACT, _("Contact office"), "text", For.GOODS),
    Field("contact_phone", CONTACT, _("Telephone of the office"), "text", For.NOTHING),
    Field("contact_mail", CONTACT, _("Shared e-mail address of the office"), "text", For.NOTHING),
    Field("delivery_point", "place", _("Warehouse or facility, and its address"), "lines", For.GOODS),
    Field("airport", "entry", _("Airport"), "text", For.GOODS, one_of="entry"),
    Field("airport_tonnage", "entry", _("Largest load the airport can handle, in tonnes"), "number"),
    Field("airport_runway", "entry", _("Runway, in metres"), "number"),
    Field("airport_cold", "entry", _("Cold store at the airport"), "choice", choices=_YES_NO),
    Field("port", "entry", _("Port"), "text", For.GOODS, one_of="entry"),
    Field("port_tonnage", "entry", _("Largest load the port can handle, in tonnes"), "number"),
    Field("port_draught", "entry", _("Draught, in metres"), "number"),
    Field("port_cold", "entry", _("Cold store at the port"), "choice", choices=_YES_NO),
    Field("crossing", "entry", _("Land crossing"), "text", For.GOODS, one_of="entry"),
    Field("entry_others", "entry", _("Other points of entry and limits"), "lines"),
    Field("incoterms", "terms", _("Incoterms accepted"), "choices", For.GOODS, choices=_INCOTERMS),
    Field("clears", "terms", _("Who clears customs"), "choice", For.GOODS, choices=_WHO),
    Field("pays", "terms", _("Who pays duties and charges"), "choice", For.GOODS, choices=_WHO),
    Field(
        "exemption", "customs", _("Exemption from duties"), "choice", For.GOODS,
        choices=(
            ("always", _("Always, for relief goods")), ("applied", _("On application, for each delivery")),
            ("none", pgettext_lazy("exemption from duties", "None")),
        ),
    ),
    Field("documents", "customs", _("Documents that customs asks for"), "lines", For.GOODS),
    Field(
        "permit", "customs", _("Permit, registration or waiver: which office, how long it takes"), "lines",
        For.REGULATED,
    ),
    Field("shelf_life", "goods", _("Shortest shelf life on arrival, in months"), "number", For.DATED),
    Field("label_languages", "goods", _("Languages of labels and leaflets"), "choices", For.DATED, choices=_LANGUAGES),
    Field("not_accepted", "goods", _("Items not accepted, and why"), "lines"),
    Field(
        "voltage", "power", _("Voltage"), "choice", For.ELECTRIC,
        choices=(("100-127", "100–127 V"), ("220-240", "220–240 V"), ("both", pgettext_lazy("voltage", "Both"))),
    ),
    Field(
        "frequency", "power", _("Frequency"), "choice", For.ELECTRIC,
        choices=(("50", "50 Hz"), ("60", "60 Hz"), ("both", pgettext_lazy("voltage", "Both"))),
    ),
    Field("plugs", "power", _("Plugs"), "choices", For.ELECTRIC, choices=_PLUGS, help=_("Letters of the plug types.")),
    Field(
        "oxygen_fitting", "technical", _("Oxygen fitting and standard"), "text", For.OXYGEN,
        _("As written on your cylinders and outlets, for example CGA 540 or ISO 5359."),
    ),
    Field("platforms", "technical", _("Platforms installed, and how many"), "lines", For.PLATFORM),
    Field("store_room", "storage", _("At +15 to +25 °C, in cubic metres"), "number"),
    Field("store_fridge", "storage", _("At +2 to +8 °C, in cubic metres"), "number", For.FRIDGE),
    Field("store_freezer", "storage", _("At −20 °C, in cubic metres"), "number", For.FREEZER),
    Field("store_ultra", "storage", _("At −70 °C, in cubic metres"), "number", For.ULTRA),
    Field("cold_chain", "storage", _("Cold chain from the point of entry to the delivery point"), "lines"),
    Field(
        "dangerous", "special", _("Dangerous goods"), "choice", For.DANGEROUS,
        choices=(
            ("accepted", pgettext_lazy("dangerous goods", "Accepted")), ("notice", _("Accepted after notice")),
            ("refused", pgettext_lazy("dangerous goods", "Not accepted")),
        ),
    ),
    Field("dangerous_how", "special", _("Dangerous goods: conditions"), "lines"),
    Field("cultural", "special", _("Religious or cultural requirements"), "lines"),
)  # fmt: skip
BY_NAME: Final[Mapping[str, Field]] = {field.name: field for field in FIELDS}
RESTRICTED: Final = frozenset(field.name for field in FIELDS if field.section == CONTACT)


def of_section(name: str) -> list[Field]:
    """The fields of a section, in their order."""
    return [field for field in FIELDS if field.section == name]


# ── values ───────────────────────────────────────────────────────────────────
class Unreadable(Exception):
    """A value that a field does not take, and what is wrong with it."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong)
        self.wrong = wrong


def read(field: Field, value: Value) -> Value:
    """A value as it is kept: text without blanks around it, a number without needless digits; empty for nothing.

    Raises:
        Unreadable: the field does not take it.
    """
    if field.shape == "choices":
        chosen = [value] if isinstance(value, str) else value
        known = [code for code, _label in field.choices]
        if not set(filter(None, chosen)) <= set(known):
            raise Unreadable("choice")
        return [code for code in known if code in chosen]
    if not isinstance(value, str):
        raise Unreadable("choice")
    text = value.replace("\r\n", "\n").strip()
    if field.shape == "choice" and text and text not in {code for code, _label in field.choices}:
        raise Unreadable("choice")
    if field.shape == "number":
        return _number(text) if text else ""
    if len(text) > (LONGEST_LINES if field.shape == "lines" else LONGEST_TEXT):
        raise Unreadable("too_long")
    return text


def _number(text: str) -> str:
    """
    >>> _number("012.50"), _number("1200"), _number("0")
    ('12.5', '1200', '0')
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Unreadable("number") from None
    if not number.is_finite() or not 0 <= number < _LARGEST or number != round(number, 3):
        raise Unreadable("number")
    return f"{number.normalize():f}"


def shown(field: Field, value: Value) -> list[str]:
    """A value in words: the lines of a text, the labels of what was chosen."""
    if field.choices:
        labels = {code: str(label) for code, label in field.choices}
        return [labels.get(code, code) for code in ([value] if isinstance(value, str) else value) if code]
    return str(value).splitlines()


# ── what is asked for ────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Tick:
    """One thing that a delivery waits for: any of these fields, and whether one of them is stated."""

    fields: tuple[Field, ...]
    done: bool


def ticks(wanted: Iterable[For], stated: Iterable[str]) -> list[Tick]:
    """What goods that want this ask for, and what of it is stated, in the order of the profile."""
    asks, known = set(wanted), set(stated)
    groups: dict[str, list[Field]] = {}
    for field in FIELDS:
        if field.asked_for and field.asked_for in asks:
            groups.setdefault(field.one_of or field.name, []).append(field)
    return [Tick(tuple(fields), any(field.name in known for field in fields)) for fields in groups.values()]
