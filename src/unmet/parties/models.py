"""Persons, members and organisations, dated membership, places, groups and population."""

import uuid
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat, Lower, StrIndex
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from unmet.audit.shipped import Named, Shipped
from unmet.methods.fold import fold


class PersonManager(BaseUserManager["Person"]):
    """Makes persons; there is no superuser, rights come from appointments only."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """A person who signs in with this e-mail address; no password means: by link or passkey only."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who signs in. Named to his or her own party and coordination only, never in public."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    office = models.CharField(_("office, shown instead of a name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, default="en")
    is_active = models.BooleanField(default=True)

    objects = PersonManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [models.CheckConstraint(name="person_email_lower", condition=Q(email=Lower("email")))]

    def __str__(self) -> str:
        return self.office or self.email


class PartyQuerySet(models.QuerySet["Party"]):
    """Parties, asked for in domain words."""

    def members(self, *, on: date) -> "PartyQuerySet":
        """Members of the coalition on a day. An empty start means: on or before 4 May 2020."""
        return self._with_status(Membership.Status.MEMBER, on=on)

    def observers(self, *, on: date) -> "PartyQuerySet":
        """Observers on a day."""
        return self._with_status(Membership.Status.OBSERVER, on=on)

    def _with_status(self, status: str, *, on: date) -> "PartyQuerySet":
        standing = Membership.objects.standing(status, on=on).filter(party=models.OuterRef("pk"))
        return self.filter(models.Exists(standing))

    def in_reading_order(self) -> "PartyQuerySet":
        """A to Z by the official name in the reader's language: É stands beside E, and إ beside ا.

        A database sorts by code points (all of É after Z) or by a collation that not every host has, so the order is
        worked out here, over the few hundred parties there are, and handed to it.
        """
        name = f"name_{(get_language() or 'en')[:2]}"
        rows = sorted(self.order_by().values_list("pk", name), key=lambda row: (fold(row[1]), row[1], row[0]))
        return self.order_by(place_among("pk", [pk for pk, _name in rows]))


def place_among(column: str, ids: Iterable[int]) -> StrIndex:
    """Where the id in a column stands in a list of ids, to sort by; 0 for one that is not in it.

    The place in a text of them: one comparison for each id (CASE WHEN) takes longer to write than the rows to read.
    """
    listed = "".join(f",{one}" for one in ids)
    return StrIndex(Value(f"{listed},"), Concat(Value(","), Cast(column, models.CharField()), Value(",")))


class Party(Shipped, Named):
    """Any state, organisation, fund, bank or network. Every party may ask and give."""

    class Kind(models.TextChoices):
        STATE = "state", _("state")
        ORGANISATION = "organisation", _("organisation")
        FUND = "fund", _("fund")
        BANK = "bank", _("development bank")
        NETWORK = "network", _("network")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code; ISO 3166-1 alpha-3 for states"), max_length=20, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    iso3 = models.CharField(max_length=3, blank=True)
    iso2 = models.CharField(max_length=2, blank=True)
    m49 = models.CharField(max_length=3, blank=True)
    regional_group = models.CharField(_("regional group of the Movement"), max_length=40, blank=True)

    objects = PartyQuerySet.as_manager()


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, asked for by day."""

    def standing(self, status: str, *, on: date) -> "MembershipQuerySet":
        """Those of a status that stand on a day. An empty start means: on or before 4 May 2020."""
        return self.filter(Q(from_on=None) | Q(from_on__lte=on), Q(until_on=None) | Q(until_on__gt=on), status=status)


class Membership(Shipped):
    """From when until when a party is a member or an observer."""

    class Status(models.TextChoices):
        MEMBER = "member", _("member")
        OBSERVER = "observer", _("observer")

    party = models.ForeignKey(Party, models.PROTECT, related_name="memberships")
    status = models.CharField(max_length=10, choices=Status)
    from_on = models.DateField(_("first day; empty means on or before 4 May 2020"), null=True)
    until_on = models.DateField(_("first day after it ended"), null=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "status", "from_on"], name="membership_once"),
            # A missing start is one value too.
            models.UniqueConstraint(
                fields=["party", "status"], condition=Q(from_on=None), name="membership_without_start_once"
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_begins",
                condition=Q(until_on=None) | Q(from_on=None) | Q(until_on__gt=models.F("from_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.status}"


class PartySet(Shipped, Named):
    """A named set of states that somebody else keeps, such as the small island developing States of the UN.

    Who belongs to it is that body's word, never ours. Regional groups of the coalition are no sets: a member has one.
    """

    code = models.CharField(max_length=20, unique=True)
    source = models.CharField(_("who keeps the list, and when it was looked up"), max_length=300)

    class Meta:
        constraints = [models.CheckConstraint(name="party_set_has_source", condition=~Q(source=""))]


class PartySetMember(Shipped):
    """From when until when a party is in a set. Countries leave, for example by graduation."""

    party_set = models.ForeignKey(PartySet, models.PROTECT, related_name="spells")
    party = models.ForeignKey(Party, models.PROTECT, related_name="in_sets")
    from_on = models.DateField(_("first day; empty means on or before 4 May 2020"), null=True)
    until_on = models.DateField(_("first day after it ended"), null=True)
    source = models.CharField(_("where the days are from"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party_set", "party", "from_on"], name="party_set_member_once"),
            # A missing start is one value too.
            models.UniqueConstraint(
                fields=["party_set", "party"], condition=Q(from_on=None), name="party_set_member_without_start_once"
            ),
            models.CheckConstraint(
                name="party_set_member_ends_after_it_begins",
                condition=Q(until_on=None) | Q(from_on=None) | Q(until_on__gt=models.F("from_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} in {self.party_set_id}"


class Severity(Shipped):
    """What an index of others says of how severe the crisis of a country is in a month. Never a judgement of ours.

    No row: the index states nothing. Of several months the newest counts.
    """

    class Index(models.TextChoices):
        INFORM = "inform", _("INFORM Severity Index")

    class Level(models.IntegerChoices):
        """The categories of INFORM: each is one unit of the index wide, its upper end included."""

        VERY_LOW = 1, pgettext_lazy("severity", "very low")
        LOW = 2, pgettext_lazy("severity", "low")
        MEDIUM = 3, pgettext_lazy("severity", "medium")
        HIGH = 4, pgettext_lazy("severity", "high")
        VERY_HIGH = 5, pgettext_lazy("severity", "very high")

    party = models.ForeignKey(Party, models.PROTECT, related_name="severities")
    index = models.CharField(max_length=10, choices=Index, default=Index.INFORM)
    tenths = models.PositiveSmallIntegerField(_("value of the index, in tenths: 0 to 50"))
    month_on = models.DateField(_("first day of the month it is stated for"))
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "index", "month_on"], name="severity_once_a_month"),
            models.CheckConstraint(name="severity_on_its_scale", condition=Q(tenths__gte=0) & Q(tenths__lte=50)),
            models.CheckConstraint(name="severity_has_source", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.month_on:%Y-%m}: {self.tenths}"

    @property
    def level(self) -> "Severity.Level":
        """The category in which the index puts this value."""
        return Severity.Level(max(-(-self.tenths // 10), 1))

    @property
    def value(self) -> Decimal:
        """The value as the index writes it."""
        return Decimal(self.tenths).scaleb(-1)


class Population(Shipped):
    """Population of a party in a year, with its source. The newest year counts."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="populations")
    population = models.BigIntegerField(_("persons"))
    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "year", "source"], name="population_once"),
            models.CheckConstraint(name="population_positive", condition=Q(population__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.year}: {self.population}"


class PlaceManager(models.Manager["Place"]):
    """Places, and the one that every member has."""

    def whole_country(self, member: Party) -> "Place":
        """The member's place "whole country", made when it is first asked for."""
        return self.get_or_create(party=member, code=Place.WHOLE, defaults={"kind": Place.Kind.COUNTRY})[0]


class Place(models.Model):
    """A place of a member: the whole country, an area or a facility. A member makes its own."""

    WHOLE = "WHOLE"

    class Kind(models.TextChoices):
        COUNTRY = "country", _("whole country")
        AREA = "area", _("area")
        FACILITY = "facility", _("facility")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="places")
    code = models.CharField(_("code; a p-code where one exists"), max_length=40)
    kind = models.CharField(max_length=10, choices=Kind)
    own_name = models.CharField(_("name as the member writes it"), max_length=200, blank=True)

    objects = PlaceManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "code"], name="place_code_once_per_party")]

    @property
    def name(self) -> str:
        """The member's own name of the place; "whole country" in the reader's language."""
        return str(_("Whole country")) if self.kind == self.Kind.COUNTRY else self.own_name

    def __str__(self) -> str:
        return self.name


class Group(Shipped, Named):
    """A population group; "everyone" is a group too."""

    EVERYONE = "EVERYONE"

    code = models.CharField(max_length=20, unique=True)
