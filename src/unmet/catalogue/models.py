"""Emergencies and their rounds, sectors, items, units, packs, dated prices and codes in other systems."""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from unmet.audit.shipped import Named, Shipped


class Sector(Shipped, Named):
    """A sector of the response, in one of three domains, mapped to WHO's pillars and the IASC clusters."""

    class Domain(models.TextChoices):
        MEDICAL = "medical", _("medical")
        SOCIAL = "social", _("social")
        HUMANITARIAN = "humanitarian", _("humanitarian")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=20, unique=True)
    domain = models.CharField(max_length=12, choices=Domain)
    who_pillar = models.CharField(_("pillar of WHO's response plan of 2021"), max_length=20, blank=True)
    iasc_cluster = models.CharField(_("IASC cluster"), max_length=80, blank=True)


class Unit(Shipped, Named):
    """A base unit such as piece, dose or litre."""

    code = models.CharField(max_length=20, unique=True)
    aliases = models.TextField(_("other ways people write it, parted by |"), blank=True)


class Item(Shipped, Named):
    """Something a member may need. Code and base unit never change once used: a change is a new item."""

    class Kind(models.TextChoices):
        SUPPLY = "supply", _("supply")
        MEDICINE = "medicine", _("medicine")
        VACCINE = "vaccine", _("vaccine")
        DIAGNOSTIC = "diagnostic", _("diagnostic")
        EQUIPMENT = "equipment", _("equipment")
        SERVICE = "service", _("service")
        PERSONNEL = "personnel", _("personnel")
        TRAINING = "training", _("training")
        FINANCE = "finance", _("finance")
        INFRASTRUCTURE = "infrastructure", _("infrastructure")
        TECHNOLOGY = "technology", _("technology")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=14, choices=Kind)
    base_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="items")
    whole = models.BooleanField(_("counted in whole units"), default=True)
    flags = models.CharField(_("flags such as CC2-8, DG, SENS, parted by spaces"), max_length=80, blank=True)
    source = models.CharField(max_length=200, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    retired_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(
        _("goes up with every change made here; tells two who edit at once"), default=1
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="item_with_a_successor_is_retired",
                condition=Q(successor=None) | Q(retired_on__isnull=False),
                violation_error_message=_("Only a retired item has a successor."),
            ),
            models.CheckConstraint(
                name="item_does_not_succeed_itself",
                condition=Q(successor=None) | ~Q(successor=F("id")),
                violation_error_message=_("An item cannot be its own successor."),
            ),
        ]

    @property
    def sensitive(self) -> bool:
        """Never shown by place."""
        return "SENS" in self.flags.split()


class ItemAlias(Shipped):
    """Another name under which people ask for an item."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="aliases")
    language = models.CharField(max_length=2)
    text = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "language", "text"], name="item_alias_once")]

    def __str__(self) -> str:
        return self.text


class Pack(Shipped, Named):
    """A pack of an item and its base units. Packs are per supplier; the factor is copied onto each line."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="packs")
    factor = models.BigIntegerField(_("thousandths of the base unit in one pack"))
    aliases = models.TextField(_("other ways people write it, parted by |"), blank=True)
    source = models.CharField(max_length=200, blank=True)
    weight_g = models.BigIntegerField(_("gross weight of one pack, in grams; empty where no source says it"), null=True)
    volume_cm3 = models.BigIntegerField(
        _("volume of one pack, in cubic centimetres; empty where no source says it"), null=True
    )
    measured_on = models.DateField(_("date of the source of weight and volume"), null=True)
    measured_source = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "name_en"], name="pack_once"),
            models.CheckConstraint(name="pack_factor_positive", condition=Q(factor__gt=0)),
            models.CheckConstraint(
                name="pack_measures_have_a_source",
                condition=Q(weight_g=None, volume_cm3=None, measured_on=None, measured_source="")
                | (
                    (Q(weight_g__isnull=False) | Q(volume_cm3__isnull=False))
                    & (Q(weight_g=None) | Q(weight_g__gt=0))
                    & (Q(volume_cm3=None) | Q(volume_cm3__gt=0))
                    & Q(measured_on__isnull=False)
                    & ~Q(measured_source="")
                ),
            ),
        ]


class Price(Shipped):
    """A dated reference price with a public source."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="prices")
    usd_millionths = models.BigIntegerField(_("millionths of a US dollar for one base unit"))
    dated_on = models.DateField()
    source = models.CharField(max_length=300)

    class Meta:
        ordering = ["item_id", "-dated_on"]
        constraints = [
            models.UniqueConstraint(fields=["item", "dated_on", "source"], name="price_once"),
            models.CheckConstraint(name="price_positive", condition=Q(usd_millionths__gt=0)),
        ]

    @property
    def usd(self) -> Decimal:
        """US dollars for one base unit."""
        return Decimal(self.usd_millionths) / 1_000_000

    def __str__(self) -> str:
        return f"{self.item_id}: {self.usd} ({self.dated_on})"


class ExchangeRate(Shipped):
    """What one currency was worth in US dollars on a day, as its source quotes it. Never turned over, never rounded."""

    class Quoted(models.TextChoices):
        USD_PER_UNIT = "usd_per_unit", _("US dollars for one unit")
        UNITS_PER_USD = "units_per_usd", _("units for one US dollar")

    currency = models.CharField(_("ISO 4217 code"), max_length=3)
    dated_on = models.DateField(_("the day it was published for; of an official fixed rate, since when"))
    rate = models.CharField(_("exact decimal, above zero"), max_length=24)
    quoted = models.CharField(max_length=13, choices=Quoted)
    fixed = models.BooleanField(_("an official fixed rate: it holds until another one is entered"), default=False)
    source = models.CharField(max_length=300)

    class Meta:
        ordering = ["currency", "-dated_on"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "dated_on", "source"], name="exchange_rate_once"),
            models.CheckConstraint(name="exchange_rate_not_of_the_dollar", condition=~Q(currency="USD")),
            models.CheckConstraint(name="exchange_rate_has_source", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate} ({self.dated_on})"


class ItemCode(Shipped):
    """The code of an item in another system, with its edition."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="codes")
    system = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    in_edition = models.CharField(_("edition of the other system's list"), max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "system", "code"], name="item_code_once")]

    def __str__(self) -> str:
        return f"{self.system} {self.code}"


class KitContent(models.Model):
    """What one kit holds, by edition of the kit: an item of the catalogue, or words where the catalogue has none."""

    kit = models.ForeignKey(Item, models.PROTECT, related_name="contents")
    edition = models.CharField(_("edition of the kit"), max_length=40)
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="+")
    words = models.CharField(_("what it is, where the catalogue has no item for it"), max_length=200, blank=True)
    quantity = models.BigIntegerField(_("thousandths of the base unit in one kit"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kit", "edition", "item"], condition=Q(item__isnull=False), name="kit_content_once"
            ),
            models.UniqueConstraint(
                fields=["kit", "edition", "words"], condition=Q(item=None), name="kit_content_in_words_once"
            ),
            models.CheckConstraint(
                name="kit_content_item_or_words",
                condition=Q(item=None) & ~Q(words="") | Q(item__isnull=False, words=""),
            ),
            models.CheckConstraint(name="kit_content_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="kit_does_not_hold_itself",
                condition=Q(item=None) | ~Q(item=F("kit")),
                violation_error_message=_("A kit cannot hold itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kit_id} {self.edition}: {self.item_id or self.words}"


class Struck(models.Model):
    """A shipped row that coordination took out or renamed here. An upgrade does not bring it back."""

    kind = models.CharField(_("name of the table of the row"), max_length=20)
    identity = models.CharField(_("what identifies the row in the shipped file, parted by spaces"), max_length=600)
    struck_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "identity"], name="struck_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.identity}"


class CatalogueState(models.Model):
    """The one row that says which catalogue this is: a new token with every change, for caches and indexes."""

    one = models.BooleanField(primary_key=True, default=True)
    token = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(name="catalogue_state_is_one_row", condition=Q(one=True))]

    @classmethod
    def changed(cls) -> None:
        """Say, in the transaction of a change, that the catalogue is another one now."""
        cls.objects.update_or_create(one=True, defaults={"token": uuid.uuid4()})

    @classmethod
    def current(cls) -> str:
        """The token of the catalogue as it is; empty before anything was loaded."""
        token = cls.objects.values_list("token", flat=True).first()
        return token.hex if token else ""

    def __str__(self) -> str:
        return self.token.hex


class Emergency(Named):
    """What the members ask help for."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    began_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)


class RoundQuerySet(models.QuerySet["Round"]):
    """Rounds, asked for in domain words."""

    def open(self) -> "RoundQuerySet":
        """Rounds that take returns."""
        return self.filter(state=Round.State.OPEN)


class Round(Named):
    """A window in which members answer about a period. Prices are frozen when it opens."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="rounds")
    window_from_on = models.DateField(_("first day of the window"))
    window_until_on = models.DateField(_("last day of the window; it closes at 24:00 UTC−12"))
    period_from_on = models.DateField(_("first day of the period it asks about"))
    period_until_on = models.DateField(_("last day of the period it asks about"))
    freshness_days = models.PositiveSmallIntegerField(_("a statement older than this lapses"))
    state = models.CharField(max_length=8, choices=State, default=State.PLANNED)

    objects = RoundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="round_window_in_order",
                condition=Q(window_until_on__gte=F("window_from_on")),
                violation_error_message=_("The window ends before it begins."),
            ),
            models.CheckConstraint(
                name="round_period_in_order",
                condition=Q(period_until_on__gte=F("period_from_on")),
                violation_error_message=_("The period ends before it begins."),
            ),
            models.CheckConstraint(
                name="round_freshness_positive",
                condition=Q(freshness_days__gt=0),
                violation_error_message=_("The freshness limit is at least one day."),
            ),
        ]


class RoundSector(models.Model):
    """A sector that a round asks about. Two open rounds of one emergency may not share a sector."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="asked")
    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="+")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+")
    open = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "sector"], name="round_sector_once"),
            models.UniqueConstraint(
                fields=["emergency", "sector"],
                condition=Q(open=True),
                name="round_sector_open_once_per_emergency",
                violation_error_message=_("Another open round of this emergency already asks about this sector."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.sector_id}"


class RoundPrice(models.Model):
    """The reference price of an item as it stood when the round opened. A new price counts from the next round."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="prices")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    usd_millionths = models.BigIntegerField(_("millionths of a US dollar for one base unit"))
    dated_on = models.DateField()
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "item"], name="round_price_once")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.item_id}"
