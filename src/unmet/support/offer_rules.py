"""What an offer may say: its draft as plain data, what is refused of it, and for which needs it may be made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from unmet.access import visible
from unmet.access.actors import current
from unmet.books.models import Account
from unmet.catalogue.models import Item
from unmet.catalogue.windows import end_of_day
from unmet.methods.plain import plain
from unmet.needs.models import Need
from unmet.parties import sets
from unmet.parties.models import Party
from unmet.support import request_queries
from unmet.support.models import Offer, RequestLine

LONGEST: Final = 4000  # characters of conditions
MOST_LINES: Final = 50
Aim = Offer.Aim
_GOODS: Final = frozenset(
    {
        Item.Kind.SUPPLY, Item.Kind.MEDICINE, Item.Kind.VACCINE, Item.Kind.DIAGNOSTIC, Item.Kind.EQUIPMENT,
        Item.Kind.INFRASTRUCTURE,
    }
)  # fmt: skip
# Which items each kind of offer may name: a licence to make goods is not those goods.
FITTING: Final = {
    Offer.Kind.SUPPLIES: _GOODS, Offer.Kind.CAPACITY: _GOODS,
    Offer.Kind.SERVICE: frozenset({Item.Kind.SERVICE}), Offer.Kind.PEOPLE: frozenset({Item.Kind.PERSONNEL}),
    Offer.Kind.TRAINING: frozenset({Item.Kind.TRAINING}), Offer.Kind.TECHNOLOGY: frozenset({Item.Kind.TECHNOLOGY}),
    Offer.Kind.FINANCE: frozenset({Item.Kind.FINANCE}),
}  # fmt: skip

Reason = Literal[
    "aim", "already_declined", "beyond_need", "capacity", "changed", "conditions", "counts_as", "expected", "expired",
    "goods_expired", "item", "itself", "kind", "less_left", "more_than_needed", "need", "no_need", "no_round",
    "nobody", "nobody_accepted", "not_a_member", "not_offered", "nothing", "order", "past", "proposal",
    "proposed_already", "quantity", "request", "set", "set_changed", "stopped", "technology", "too_long", "too_many",
    "word",
]  # fmt: skip


class OfferRefused(Exception):
    """Nothing was written; `reason` is one of `Reason`, `item` what it is about, `standing` how much there is."""

    def __init__(self, reason: Reason, item: Item | None = None, standing: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.item, self.standing = reason, item, standing


@dataclass(frozen=True, slots=True)
class Capacity:
    """What an offer of production capacity says; `a_month` in thousandths of the item's base unit."""

    a_month: int
    from_on: date
    bottleneck: str = ""


@dataclass(frozen=True, slots=True)
class Technology:
    """What an offer of technology or of a licence says."""

    product: str
    holder: str
    territory: str = ""
    terms: str = ""
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One line of an offer; `quantity` in thousandths of the item's base unit. `need` belongs to the one member."""

    item: Item
    quantity: int
    need: Need | None = None
    request_line: RequestLine | None = None
    lot: str = ""
    expires_on: date | None = None
    papers: str = ""
    stands_at: str = ""
    capacity: Capacity | None = None
    technology: Technology | None = None


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """What an offer is to say. `member` belongs to the aim *member*, `members` and `to_set` to *members*.

    `to_set` is the key of a set of members (`parties.sets`): they stand beside those named.
    """

    kind: str
    aim: str
    held_until_on: date
    lines: Sequence[LineDraft]
    member: Party | None = None
    members: Sequence[Party] = field(default=())
    to_set: str = ""
    channel: Party | None = None
    conditions: str = ""
    earmarking: int | None = None


def check(wanted: OfferDraft, giver: Party, conditions: str, at: datetime) -> None:
    """Refuse a draft that no offer may say.

    Raises:
        OfferRefused: `kind`, `past`, `too_long`, `nothing`, `too_many`; of whom it is for `aim`, `nobody`, `set`,
            `itself`, `not_a_member`; of a line `quantity`, `kind`, `item`, `goods_expired`, `capacity`, `technology`,
            `need`, `request`.
    """
    if wanted.kind not in Offer.Kind.values:
        raise OfferRefused("kind")
    _check_aim(wanted, giver, at)
    if end_of_day(wanted.held_until_on) <= at:
        raise OfferRefused("past")
    if len(conditions) > LONGEST:
        raise OfferRefused("too_long")
    if not wanted.lines:
        raise OfferRefused("nothing")
    if len(wanted.lines) > MOST_LINES:
        raise OfferRefused("too_many")
    for line in wanted.lines:
        _check_line(line, wanted, at)


def _check_aim(wanted: OfferDraft, giver: Party, at: datetime) -> None:
    whom = [wanted.member] if wanted.member is not None else list(wanted.members)
    if wanted.aim not in Aim.values or (wanted.member is not None) != (wanted.aim == Aim.MEMBER):
        raise OfferRefused("nobody" if wanted.aim == Aim.MEMBER else "aim")
    if wanted.to_set and sets.find(wanted.to_set) is None:
        raise OfferRefused("set")
    if wanted.aim == Aim.MEMBERS and not whom and not of_set(wanted.to_set, giver, at):
        raise OfferRefused("nobody")
    if wanted.aim != Aim.MEMBERS and (wanted.members or wanted.to_set):
        raise OfferRefused("aim")
    if giver in whom:
        raise OfferRefused("itself")
    chosen = {party.pk for party in whom}
    if Party.objects.filter(pk__in=chosen).members(on=at.date()).count() != len(chosen):
        raise OfferRefused("not_a_member")


def of_set(key: str, giver: Party, at: datetime) -> set[Party]:
    """The members of the coalition that are in a set on a day, but for whoever gives."""
    return set(sets.of(key, on=at.date()).members(on=at.date()).exclude(pk=giver.pk)) if key else set()


def _check_line(line: LineDraft, wanted: OfferDraft, at: datetime) -> None:
    if line.quantity <= 0:
        raise OfferRefused("quantity", line.item)
    if line.item.kind not in FITTING[Offer.Kind(wanted.kind)]:
        raise OfferRefused("kind", line.item)
    if line.item.retired_on is not None:
        raise OfferRefused("item", line.item)
    if line.expires_on is not None and line.expires_on < at.date():
        raise OfferRefused("goods_expired", line.item)
    if wanted.kind == Offer.Kind.CAPACITY and (line.capacity is None or line.capacity.a_month <= 0):
        raise OfferRefused("capacity", line.item)
    if wanted.kind == Offer.Kind.TECHNOLOGY:
        about = line.technology
        if about is None or not plain(about.product) or not plain(about.holder):
            raise OfferRefused("technology", line.item)
    if line.need is not None and (line.need.member != wanted.member or need_account(line.need) is None):
        raise OfferRefused("need", line.item)
    if line.request_line is not None and (line.need is None or line.request_line.need_id != line.need.pk):
        raise OfferRefused("request", line.item)


def need_account(need: Need) -> Account | None:
    """The open account of a need that the acting person may see in detail; None for every other.

    A need of a sensitive item is nobody's business but its member's and theirs whom a request of it asks.
    """
    if need.item is None:  # in its member's own words: it has no account before the item is picked
        return None
    own = need.member_id in current().own_parties
    if need.item.sensitive and not own and not request_queries.asked_for(need):
        return None
    open_ones = Account.objects.filter(subject=need.uuid, kind=Account.Kind.NEED, closed=False)
    return visible.rows(open_ones, detail=True).select_related("item__base_unit", "member", "place").first()
