"""Returns, needs and statements: what a member says it needs, and what its approver stands for."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from unmet.access.models import Role
from unmet.catalogue.models import Emergency, Item, Round
from unmet.files.models import Attachment
from unmet.parties.models import Group, Party, Person, Place


class Draft(models.Model):
    """What a member's people have typed for a round and not yet sent: kept as typed, faults included.

    Shared by the focal points of the member; `version` tells two of them who edit at once. Its owners may delete it.
    """

    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    rows = models.JSONField(_("lines as typed: a list of field → text"), default=list)
    answers = models.JSONField(_("answers to questions about these lines, by the name of the question"), default=dict)
    version = models.PositiveIntegerField(default=1)
    typed_by = models.ManyToManyField(Person, related_name="+")
    saved_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "round"], name="draft_one_per_member_and_round")]

    def __str__(self) -> str:
        return f"draft of {self.member_id} for {self.round_id}"


class ReturnQuerySet(models.QuerySet["Return"]):
    """Returns, asked for in domain words."""

    def submitted(self) -> "ReturnQuerySet":
        """Waiting for the approver."""
        return self.filter(state=Return.State.SUBMITTED)

    def pending(self) -> "ReturnQuerySet":
        """Submitted or sent back: the next upload replaces it."""
        return self.filter(state__in=[Return.State.SUBMITTED, Return.State.SENT_BACK])


class Return(models.Model):
    """One member's answer to a round, or a correction of it with the lines that changed. Two people stand by it."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("waiting for approval")
        SENT_BACK = "sent_back", _("sent back")
        APPROVED = "approved", _("approved")
        SUPERSEDED = "superseded", _("replaced by a later one")
        WITHDRAWN = "withdrawn", _("withdrawn")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Party, models.PROTECT, related_name="returns")
    round = models.ForeignKey(Round, models.PROTECT, related_name="returns")
    revision = models.PositiveIntegerField(_("1 for the first return of the member for the round"))
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
    nothing_to_report = models.BooleanField(default=False)
    note = models.TextField(_("source of the return, when somebody computed it"), blank=True)
    entered_by = models.ManyToManyField(Person, related_name="+")
    submitted_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    comment = models.TextField(_("comment of the approver"), blank=True)
    countersigned = models.OneToOneField(
        "needs.SignedPrint", models.PROTECT, null=True, related_name="+", verbose_name=_("signed print it stands on")
    )

    objects = ReturnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "round", "revision"], name="return_revision_once"),
            models.UniqueConstraint(
                fields=["member", "round"],
                condition=Q(state__in=["submitted", "sent_back"]),
                name="return_one_pending",
            ),
            models.CheckConstraint(
                name="return_approved_by_another_person",
                condition=~Q(state="approved") | ~Q(decided_by=F("submitted_by")),
                violation_error_message=_("Who entered a return cannot approve it."),
            ),
            models.CheckConstraint(
                name="return_decided_by_and_at_together",
                condition=Q(decided_by=None, decided_at=None) | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="return_countersigned_when_approved",
                condition=Q(countersigned=None) | Q(state__in=["approved", "superseded"]),
            ),
        ]

    def __str__(self) -> str:
        return f"return {self.revision} of {self.member_id} for {self.round_id}"


class SignedPrint(models.Model):
    """One version of a return on paper, to be signed and stamped; its code finds the return. `scan` is what came back.

    Where a ministry is one person, somebody at the permanent mission who is appointed as approver confirms the scan.
    """

    code = models.CharField(max_length=12, unique=True)
    of = models.ForeignKey(Return, models.PROTECT, related_name="prints")
    revision = models.PositiveIntegerField(_("version of the return that was printed"))
    digest = models.CharField(_("SHA-256 of its lines"), max_length=64)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    scan = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "revision"], name="signed_print_once_a_version")]

    def __str__(self) -> str:
        return self.code

    @property
    def shown(self) -> str:
        """The code as it is printed, in two halves."""
        return f"{self.code[:5]}-{self.code[5:]}"


class Need(models.Model):
    """One thread: member × emergency × item × place × group. Or, until the member picks an item, its own words.

    Its accounts in the books, one a round, name it as their `subject`.

    References without a constraint of the database: see `books.Account`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Party, models.PROTECT, related_name="needs", db_index=False, db_constraint=False)
    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    words = models.CharField(_("the member's own words, folded, where no item is picked"), max_length=200, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    group = models.ForeignKey(Group, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "emergency", "item", "place", "group"], condition=Q(words=""), name="need_key"
            ),
            models.UniqueConstraint(
                fields=["member", "emergency", "words", "place", "group"],
                condition=Q(item=None),
                name="need_key_in_own_words",
            ),
            models.CheckConstraint(
                name="need_item_or_words",
                condition=Q(item=None) & ~Q(words="") | Q(item__isnull=False, words=""),
            ),
        ]

    def __str__(self) -> str:
        return f"need {self.pk}"


class TechnicalComment(models.Model):
    """What another party says beside a need, signed and binding nobody; the member answers once. Nothing is deleted."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    need = models.ForeignKey(Need, models.PROTECT, related_name="comments")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("party that made it"))
    role = models.CharField(max_length=12, choices=Role)
    text = models.CharField(max_length=2000)
    written_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    answer = models.CharField(_("answer of the member"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="comment_has_words", condition=~Q(text="")),
            models.CheckConstraint(
                name="comment_answered_by_and_at_together",
                condition=Q(answer="", answered_by=None, answered_at=None)
                | ~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="comment_withdrawn_by_and_at_together",
                condition=Q(withdrawn_by=None, withdrawn_at=None)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"comment of {self.party_id} on {self.need_id}"

    @property
    def uuid_text(self) -> str:
        """The uuid, to build the name of a field from."""
        return str(self.uuid)


class Calculation(models.Model):
    """A stored calculation behind a calculated quantity: method, version, inputs, result."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    method = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    inputs = models.JSONField()
    inputs_digest = models.CharField(_("SHA-256 of the inputs in canonical JSON"), max_length=64)
    result = models.JSONField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.method} {self.version}"


class Statement(models.Model):
    """One version of a need in a round. A correction is a new row; approved is written once.

    Quantities are whole thousandths of the item's base unit. *Calculated*, *requested* and *approved* stay apart for
    good. `requested` is net of usable stock and of the pipeline; the books add the pipeline back.
    """

    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    need = models.ForeignKey(Need, models.PROTECT, related_name="statements", db_index=False, db_constraint=False)
    in_return = models.ForeignKey(Return, models.PROTECT, related_name="statements", db_constraint=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    newest = models.BooleanField(_("the newest statement of its need in its round"), default=True)
    words = models.CharField(_("the member's own words"), max_length=200, blank=True)
    quantity_typed = models.CharField(_("quantity as typed"), max_length=60)
    unit_name = models.CharField(_("unit or pack as typed"), max_length=100, blank=True)
    pack_factor = models.BigIntegerField(_("thousandths of the base unit in one of that unit"), default=1000)
    calculation = models.ForeignKey(
        Calculation, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    calculated = models.BigIntegerField(_("calculated"), null=True)
    requested = models.BigIntegerField(_("requested"))
    approved = models.BigIntegerField(_("approved"), null=True)
    approved_at = models.DateTimeField(null=True)
    reason = models.CharField(_("why the approver changed the quantity"), max_length=500, blank=True)
    stock = models.BigIntegerField(_("usable stock"), null=True)
    pipeline = models.BigIntegerField(_("pipeline the member deducted"), default=0)
    needed_by_on = models.DateField()
    rank = models.PositiveIntegerField(null=True)
    remark = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["need", "round"], condition=Q(newest=True), name="statement_newest_once"),
            models.CheckConstraint(
                name="statement_requested_not_below_zero",
                condition=Q(requested__gte=0),
                violation_error_message=_("A need cannot be below zero. Zero ends it."),
            ),
            models.CheckConstraint(
                name="statement_approved_not_below_zero",
                condition=Q(approved=None) | Q(approved__gte=0),
                violation_error_message=_("A need cannot be below zero. Zero ends it."),
            ),
            models.CheckConstraint(name="statement_pipeline_not_below_zero", condition=Q(pipeline__gte=0)),
            models.CheckConstraint(name="statement_stock_not_below_zero", condition=Q(stock=None) | Q(stock__gte=0)),
            models.CheckConstraint(name="statement_pack_factor_positive", condition=Q(pack_factor__gt=0)),
            models.CheckConstraint(
                name="statement_calculated_with_its_calculation",
                condition=Q(calculated=None, calculation=None) | Q(calculated__isnull=False, calculation__isnull=False),
            ),
            models.CheckConstraint(
                name="statement_approved_with_its_moment",
                condition=Q(approved=None, approved_at=None) | Q(approved__isnull=False, approved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"statement {self.pk}"


class HeaderMapping(models.Model):
    """Which column of a member's own table is which field, remembered from the last time a person said it."""

    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    sheet_kind = models.CharField(max_length=10)
    headers = models.CharField(_("SHA-256 of the folded headers"), max_length=64)
    mapping = models.JSONField(_("field → column, 0-based"))
    said_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "sheet_kind", "headers"], name="header_mapping_once")]

    def __str__(self) -> str:
        return f"mapping of {self.member_id}"
