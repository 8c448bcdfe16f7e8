"""The words of what everything refers to in the API: parties, emergencies, sectors, items and rounds."""

from datetime import date

from pydantic import BaseModel, Field

from unmet.api.values import Quantity


class Membership(BaseModel):
    """When a party is or was a member or an observer. No first day: on or before 4 May 2020."""

    status: str
    from_on: date | None
    until_on: date | None


class Party(BaseModel):
    """A state, organisation, fund, bank or network."""

    code: str
    kind: str
    name: str
    iso3: str
    iso2: str
    m49: str
    regional_group: str
    sets: list[str] = Field(description="Codes of the sets it is in today, by those who keep the lists, such as SIDS.")
    status: str = Field(description="member, observer or empty, today")


class PartyWithHistory(Party):
    """A party with its memberships."""

    memberships: list[Membership]


class Emergency(BaseModel):
    """What the members ask help for."""

    code: str
    name: str
    began_on: date
    ended_on: date | None


class Sector(BaseModel):
    """A sector, with the WHO pillar and the IASC cluster it is mapped to."""

    code: str
    name: str
    domain: str
    who_pillar: str
    iasc_cluster: str


class Pack(BaseModel):
    """A pack of an item: how many base units it holds."""

    name: str
    base_units: Quantity
    source: str


class OtherCode(BaseModel):
    """The code of an item in another system."""

    system: str
    code: str
    edition: str


class Price(BaseModel):
    """A dated reference price of one base unit, in US dollars."""

    usd: Quantity
    dated_on: date
    source: str


class Item(BaseModel):
    """Something that a member may need."""

    code: str
    name: str
    name_en: str
    name_ar: str
    name_es: str
    name_fr: str
    kind: str
    unit: str
    unit_name: str
    sector: str
    whole: bool
    flags: list[str]
    retired_on: date | None
    successor: str | None
    packs: list[Pack]
    codes: list[OtherCode]
    prices: list[Price]


class ItemPack(BaseModel):
    """A pack of an item, with its names in each language."""

    item: str
    name_en: str
    name_ar: str
    name_es: str
    name_fr: str
    base_units: Quantity
    source: str


class ItemPrice(BaseModel):
    """A dated reference price of one base unit of an item, in US dollars."""

    item: str
    usd: Quantity
    dated_on: date
    source: str


class ItemCode(BaseModel):
    """The code of an item in another system."""

    item: str
    system: str
    code: str
    edition: str


class Round(BaseModel):
    """A window in which members answer about a period."""

    code: str
    name: str
    emergency: str
    state: str
    window_from: date
    window_until: date
    period_from: date
    period_until: date
    freshness_days: int
    sectors: list[str]
