"""The books: accounts, signed entries, the public cube. Written by `books.services` only."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from unmet.books.measures import STAGES
from unmet.catalogue.models import Emergency, Item, Round, Sector
from unmet.parties.models import Group, Party, Place


class Measures(models.Model):
    """One column per measure: quantities in thousandths of the base unit, values in whole US cents."""

    approved = models.BigIntegerField(_("approved"), default=0)
    pledged = models.BigIntegerField(_("pledged"), default=0)
    allocated = models.BigIntegerField(_("allocated"), default=0)
    committed = models.BigIntegerField(_("committed"), default=0)
    in_transit = models.BigIntegerField(_("in transit"), default=0)
    received = models.BigIntegerField(_("received"), default=0)
    rejected = models.BigIntegerField(_("rejected"), default=0)
    missing = models.BigIntegerField(_("missing"), default=0)
    last_stated = models.BigIntegerField(_("last stated"), default=0)
    superseded = models.BigIntegerField(_("superseded"), default=0)
    not_covered = models.BigIntegerField(_("not covered"), default=0)
    not_in_country = models.BigIntegerField(_("not yet in the country"), default=0)
    needs_open = models.BigIntegerField(_("needs open"), default=0)
    needs_met = models.BigIntegerField(_("needs met"), default=0)
    needs_covered = models.BigIntegerField(_("needs covered"), default=0)
    needs_unpriced = models.BigIntegerField(_("needs unpriced"), default=0)
    value_approved = models.BigIntegerField(_("value approved"), default=0)
    value_not_covered = models.BigIntegerField(_("value not covered"), default=0)
    value_not_in_country = models.BigIntegerField(_("value not yet in the country"), default=0)

    class Meta:
        abstract = True


class Account(Measures):
    """One need in one round, with its balances. The database itself refuses a row that breaks the definition of unmet.

    Kind *unassigned* holds support that no need has been named for. `closed` means a later round took the need on.
    The id is given by the books' one writer. Its references carry no constraint of the database: what they point to
    is never deleted, the writer has read it in the same transaction, checking eight of them a line costs PostgreSQL
    more than all the rest, and `unmet doctor --books` looks for orphans.
    """

    class Kind(models.IntegerChoices):
        NEED = 0, _("need")
        UNASSIGNED = 1, _("unassigned")

    id = models.BigIntegerField(primary_key=True)
    kind = models.SmallIntegerField(choices=Kind, default=Kind.NEED)
    member = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    group = models.ForeignKey(Group, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    subject = models.UUIDField(_("uuid of the need; releases name it"))
    closed = models.BooleanField(default=False)
    public = models.BooleanField(_("its balances stand in the public book"), default=False)
    public_detail = models.BooleanField(_("place, group, needed-by and rank are public too"), default=False)
    usd_millionths = models.BigIntegerField(_("price frozen with its round"), null=True)
    needed_by_on = models.DateField(null=True)
    rank = models.PositiveIntegerField(null=True)
    statement = models.BigIntegerField(_("id of the newest approved statement"), null=True)
    stated = models.BigIntegerField(_("sequence of the line that stated its approved quantity"), null=True)
    lapses_at = models.DateTimeField(_("when the approved quantity lapses unless restated"), null=True)
    out_by = models.SmallIntegerField(_("movement that took its quantity out of the totals"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "emergency", "item", "place", "group", "round", "kind"], name="account_key"
            ),
            models.UniqueConstraint(
                fields=["member", "emergency", "item", "place", "group"],
                condition=Q(kind=0, closed=False),
                name="account_one_open_per_need",
            ),
            *(
                models.CheckConstraint(
                    name=f"account_{stage}_not_below_zero",
                    condition=Q(**{f"{stage}__gte": 0}),
                    violation_error_message=_("A balance cannot be below zero."),
                )
                for stage in STAGES
            ),
            models.CheckConstraint(
                name="account_out_of_the_totals_by_a_movement",
                condition=Q(out_by=None, last_stated=0) | Q(out_by__isnull=False, approved=0),
            ),
            models.CheckConstraint(
                name="account_not_covered_as_defined",
                condition=Q(not_covered=Greatest(F("approved") - F("received") - F("in_transit") - F("committed"), 0)),
            ),
            models.CheckConstraint(
                name="account_not_in_country_as_defined",
                condition=Q(not_in_country=Greatest(F("approved") - F("received"), 0)),
            ),
        ]
        indexes = [
            # Does not name `public`: a release then rewrites no index of PostgreSQL (see migration 0003).
            models.Index(fields=["needed_by_on", "id"], condition=Q(closed=False), name="account_by_date"),
            models.Index(fields=["item", "closed", "member"], name="account_by_item"),
            models.Index(fields=["subject"], name="account_by_subject"),
            models.Index(fields=["lapses_at"], condition=Q(lapses_at__isnull=False), name="account_lapsing"),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"


class Movement(models.IntegerChoices):
    """Why a line was posted. The words a reader sees on the page of a figure."""

    STATED = 1, _("Statement approved")
    REVISED = 2, _("Statement revised")
    LAPSED = 3, _("Lapsed: not confirmed in time")
    CARRIED = 4, _("Carried over to a later round")
    SUPERSEDED = 5, _("Superseded by a later round")
    RELEASED = 6, _("Released to everyone")
    WITHDRAWN = 7, _("Withdrawn from the public book")
    PLEDGED = 10, _("Pledged")
    ALLOCATED = 11, _("Allocated")
    COMMITTED = 12, _("Accepted by the member")
    DISPATCHED = 13, _("Sent")
    RECEIVED = 14, _("Received")
    REJECTED = 15, _("Rejected on receipt")
    MISSING = 16, _("Missing on receipt")
    LOST = 17, _("Lost on the way")
    ASSIGNED = 18, _("Assigned to a need")
    WITHDRAWN_SUPPORT = 19, _("Support withdrawn")
    PAUSED = 30, _("Paused by the member")
    RESUMED = 31, _("Confirmed by the member: it stands again")
    COVERED_NATIONALLY = 32, _("Covered by the member itself")
    DUPLICATE = 33, _("Ended: the same as another need of the member")
    SURPLUS = 40, _("Surplus received")
    RECEIPT_CORRECTED = 41, _("Receipt corrected")
    RETURNED = 42, _("Returned to the giver")


class Book(models.IntegerChoices):
    """Everything stands in the own book; what was released to everyone stands in the public book too."""

    OWN = 0, _("own book")
    PUBLIC = 1, _("public book")


class Entry(Measures):
    """One signed line: what a movement changed in one account of one book. Append-only (triggers).

    `sequence` is gapless and in commit order. `closed` says whether the line belongs to the open standing of its
    account or to what is left of it after a later round took the need on, so that *open now* is a plain sum.
    """

    sequence = models.BigIntegerField(primary_key=True)
    book = models.SmallIntegerField(choices=Book)
    closed = models.BooleanField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="entries", db_constraint=False)
    movement = models.SmallIntegerField(choices=Movement)
    at = models.DateTimeField()
    supersedes = models.BigIntegerField(_("sequence of the line that this one takes back"), null=True)
    source = models.BigIntegerField(_("id of the statement or support step behind it"), null=True)

    class Meta:
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"entry {self.sequence}"


class Cube(Measures):
    """The public book summed by member, emergency, round, item and standing; kept in the transaction of each post."""

    member = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    closed = models.BooleanField()
    accounts = models.BigIntegerField(_("public accounts in this cell"), default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["closed", "member", "item", "emergency", "round"], name="cube_cell")
        ]
        # Each answers one published question from the index alone; see `figures.gaps`.
        indexes = [
            # In the order of the groups; `closed` is in them because SQLite else reads the row to see it.
            models.Index(
                fields=["member", "item", "not_covered", "closed"], condition=Q(closed=False), name="cube_not_covered"
            ),
            models.Index(
                fields=["item", "value_not_covered", "closed"], condition=Q(closed=False), name="cube_largest_gaps"
            ),
        ]

    def __str__(self) -> str:
        return f"cell {self.pk}"


class OwnCube(Measures):
    """The own book summed like the public cube, by sector too; kept in the transaction of each post.

    It holds what nobody has released: only `access.visible` decides which of its cells a reader gets. With it a partner
    to whom whole sectors are released is answered from some thousand cells and not from every account.
    """

    member = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    closed = models.BooleanField()
    accounts = models.BigIntegerField(_("accounts"), default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["closed", "member", "sector", "item", "emergency", "round"], name="own_cube_cell"
            )
        ]

    def __str__(self) -> str:
        return f"cell {self.pk}"


class Clock(models.Model):
    """The one row every post reads and writes under the lock."""

    one = models.BooleanField(primary_key=True, default=True)
    sequence = models.BigIntegerField(_("last sequence given"), default=0)
    account = models.BigIntegerField(_("last account id given"), default=0)
    at = models.DateTimeField(_("moment of the last post"), null=True)
    public_sequence = models.BigIntegerField(_("last sequence of the public book"), default=0)
    next_due_at = models.DateTimeField(_("next moment something expires or lapses"), null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="clock_is_one_row", condition=Q(one=True))]

    def __str__(self) -> str:
        return f"clock at {self.sequence}"


class Day(models.Model):
    """The last sequence of each day that saw a post, so that "as known on date D" finds its place at once."""

    on = models.DateField(primary_key=True)
    sequence = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.on}: {self.sequence}"
