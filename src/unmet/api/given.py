"""What is given, from whom to whom, as everyone and as one's parties see it; and the name of a giver in public."""

import uuid
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from unmet.api import amounts, found, lists, problems
from unmet.api.door import ApiRequest, One, Operations
from unmet.api.lists import Cursor, Limit, Listing, Rows
from unmet.api.problems import Problem
from unmet.api.values import Code, Quantity, Taken
from unmet.catalogue.models import Item, Sector
from unmet.exchange import giver_name_refusals
from unmet.figures import given as figures
from unmet.figures.given import Band, Wanted
from unmet.parties.models import Party
from unmet.support import giver_names, offer_queries, queries
from unmet.support.giver_names import NameRefused
from unmet.support.models import Line, Offer

operations = Operations("what is given", "")
Says = Literal["named", "not_named", "as_all"]


# ── words ────────────────────────────────────────────────────────────────────
class Given(BaseModel):
    """What one member has accepted from one giver, in US dollars at the prices of each round, or in units of an item.

    A pledge is not in it. `giver` is null for all givers whose names the reader may not see, together.
    """

    giver: str | None
    member: str
    unit: str = Field(description="USD, or the base unit of the item that was asked for")
    received: Quantity
    under_way: Quantity = Field(description="In transit or committed.")
    items_unpriced: int = Field(description="Items without a price, in neither sum.")


class GiverName(BaseModel):
    """What a party says of its name: for all that it gives, or of one offer or line of support."""

    giver: str
    offer: uuid.UUID | None
    support: uuid.UUID | None
    says: str = Field(description="named (to everyone, beside what was received), not_named, or as_all")


class NameForAll(Taken):
    """Whether everyone reads the name of one of your parties beside what members have received of it.

    Nothing is named that is on its way, or that the member has not released to everyone. Named no longer holds for the
    future: whoever has read it has it still.
    """

    giver: Annotated[Code, Field(description="One of your own parties.")]
    says: Literal["named", "not_named"]


class NameOfOne(Taken):
    """The same of one offer or line alone; `as_all` follows again what the party says for all that it gives."""

    says: Says


# ── what is given ────────────────────────────────────────────────────────────
@operations.listing("/given", Given)
def given(
    request: ApiRequest, item: Code | None = None, sector: Code | None = None, round: Code | None = None,  # noqa: A002
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """What members have accepted, as everyone may see it; a giver is named where it shows its name, beside what was
    received."""
    return Listing(Given, _bands(figures.public, item, sector, round), limit, cursor)


@operations.listing("/given/seen", Given, scope="read")
def given_seen(
    request: ApiRequest, item: Code | None = None, sector: Code | None = None, round: Code | None = None,  # noqa: A002
    limit: Limit = lists.DEFAULT, cursor: Cursor = None,
) -> Listing:  # fmt: skip
    """The same as your parties may see it: by name also what they give, and what your members are given."""
    return Listing(Given, _bands(figures.seen, item, sector, round), limit, cursor)


def _bands(
    read: Callable[[Wanted], list[Band]], item: str | None, sector: str | None, round_: str | None
) -> Callable[[str, int], Rows]:
    of = found.by_code(Item.objects.select_related("base_unit"), item) if item is not None else None
    wanted = Wanted(
        of.pk if of else None, found.by_code(Sector.objects.all(), sector).pk if sector is not None else None,
        found.by_code(found.rounds(), round_).pk if round_ is not None else None,
    )  # fmt: skip

    def fetch(after: str, limit: int) -> Rows:
        codes = {0: "", **dict(Party.objects.values_list("pk", "code"))}
        keyed = sorted(((f"{codes[one.member]} {codes[one.giver]}", one) for one in read(wanted)), key=_key)
        return [(key, _band(one, codes, of)) for key, one in keyed if key > after][:limit]

    return fetch


def _key(pair: tuple[str, Band]) -> str:
    return pair[0]


def _band(band: Band, codes: dict[int, str], item: Item | None) -> Given:
    sums = [
        amounts.usd(value) if item is None else amounts.told(value, item) for value in (band.received, band.under_way)
    ]
    return Given(
        giver=codes[band.giver] or None, member=codes[band.member], unit=amounts.unit(item) if item else "USD",
        received=sums[0], under_way=sums[1], items_unpriced=len(band.unpriced),
    )  # fmt: skip


# ── the name of a giver ──────────────────────────────────────────────────────
@operations.listing("/given/names", GiverName, scope="read")
def giver_names_said(request: ApiRequest, limit: Limit = lists.DEFAULT, cursor: Cursor = None) -> Listing:
    """What your parties say of their names: for all that they give, and where they say otherwise."""

    def fetch(after: str, limit: int) -> Rows:
        start = int(after or 0)
        return [(str(place), one) for place, one in enumerate(_said()[start : start + limit], start + 1)]

    return Listing(GiverName, fetch, limit, cursor)


def _said() -> Sequence[GiverName]:
    rows = []
    for party in giver_names.speaking():
        rows.append(GiverName(giver=party.code, offer=None, support=None, says=giver_names.of_all(party)))
        for one in giver_names.exceptions(party):
            offer, line = one.offer.uuid if one.offer else None, one.line.uuid if one.line else None
            rows.append(GiverName(giver=party.code, offer=offer, support=line, says=one.says))
    return rows


@operations.post("/given/names", GiverName, scope="release")
def name_giver(request: ApiRequest, body: NameForAll) -> One:
    """Show the name of one of your parties to everyone beside what was received of it, or no longer."""
    party = found.by_code(Party.objects.filter(pk__in=request.actor.all_parties), body.giver)
    giver_names.say(party, body.says, by=request.person, at=request.at)
    return One(GiverName(giver=party.code, offer=None, support=None, says=body.says))


@operations.post("/offers/{id}/name", GiverName, scope="release")
def name_giver_of_offer(request: ApiRequest, id: uuid.UUID, body: NameOfOne) -> One:  # noqa: A002
    """The same of all that comes of one offer."""
    offer: Offer = found.one(offer_queries.given().filter(uuid=id))
    giver_names.say_of_offer(offer, body.says, by=request.person, at=request.at)
    return One(GiverName(giver=offer.giver.code, offer=offer.uuid, support=None, says=body.says))


@operations.post("/support/{id}/name", GiverName, scope="release")
def name_giver_of_support(request: ApiRequest, id: uuid.UUID, body: NameOfOne) -> One:  # noqa: A002
    """The same of one line of support that came of no offer."""
    line: Line = found.one(queries.given().select_related("giver").filter(uuid=id))
    giver_names.say_of_line(line, body.says, by=request.person, at=request.at)
    return One(GiverName(giver=line.giver.code, offer=None, support=line.uuid, says=body.says))


@problems.tells(NameRefused)
def _of_name(refused: NameRefused) -> Problem:
    """The problem that a refusal of the services is, with its `reason`."""
    code = "refused" if refused.reason == "of_offer" else "state"
    return Problem(code, giver_name_refusals.sentence(refused), more={"reason": refused.reason})
