"""Letters that others type for a member, and items that coordination proposes for needs in own words."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from unmet.catalogue.models import Item, Round
from unmet.needs.models.returns import Draft, Need, Return
from unmet.parties.models import Party, Person


class LetterOffice(models.Model):
    """A party that a member has named to type its letters as proposals, until a day. The member revokes it at once."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Party, models.PROTECT, related_name="letter_offices")
    office = models.ForeignKey(Party, models.PROTECT, related_name="+")
    until_on = models.DateField(_("last day; it ends at 24:00 UTC−12"))
    named_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "office"], condition=Q(revoked_at=None), name="letter_office_named_once"
            ),
            models.CheckConstraint(name="letter_office_is_another_party", condition=~Q(member=F("office"))),
            models.CheckConstraint(
                name="letter_office_revoked_by_and_at_together",
                condition=Q(revoked_by=None, revoked_at=None) | Q(revoked_by__isnull=False, revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office_id} for {self.member_id}"


class Proposal(models.Model):
    """A return of a member that somebody else typed from its letter. It counts nowhere.

    The letter is attached to it. The member's people adopt it, which puts its lines into their draft, or ignore it;
    the party that typed it may withdraw it until then. Lines are kept as typed, in a form with one reading only.
    """

    class State(models.TextChoices):
        TYPING = "typing", _("being typed")
        PROPOSED = "proposed", _("proposed")
        ADOPTED = "adopted", _("adopted")
        IGNORED = "ignored", _("ignored")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Kind(models.TextChoices):
        NOTE_VERBALE = "note_verbale", _("note verbale")
        LETTER = "letter", _("letter")
        E_MAIL = "e_mail", _("e-mail")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Party, models.PROTECT, related_name="proposals")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    office = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("party that typed it"))
    state = models.CharField(max_length=9, choices=State, default=State.TYPING)
    kind = models.CharField(max_length=12, choices=Kind)
    reference = models.CharField(max_length=120, blank=True)
    dated_on = models.DateField()
    rows = models.JSONField(_("lines as typed: a list of field → text"), default=list)
    answers = models.JSONField(_("answers to questions about these lines, by the name of the question"), default=dict)
    version = models.PositiveIntegerField(default=1)
    typed_by = models.ManyToManyField(Person, related_name="+")
    opened_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(_("why it was ignored, if the member says so"), max_length=1000, blank=True)
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, related_name="proposals")
    into = models.ForeignKey(Return, models.PROTECT, null=True, related_name="proposals")

    class Meta:
        constraints = [
            models.CheckConstraint(name="proposal_of_another_party", condition=~Q(member=F("office"))),
            models.CheckConstraint(
                name="proposal_proposed_by_and_at_together",
                condition=Q(proposed_by=None, proposed_at=None)
                | Q(proposed_by__isnull=False, proposed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="proposal_decided_by_and_at_together",
                condition=Q(decided_by=None, decided_at=None, state__in=["typing", "proposed"])
                | Q(decided_by__isnull=False, decided_at__isnull=False, state__in=["adopted", "ignored", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="proposal_decided_by_the_member_when_it_was_proposed",
                condition=Q(proposed_at__isnull=False) | Q(state__in=["typing", "withdrawn"]),
            ),
        ]
        indexes = [models.Index(fields=["member", "state"], name="proposal_by_member")]

    def __str__(self) -> str:
        return f"proposal of {self.office_id} for {self.member_id}"


class ItemProposal(models.Model):
    """An item of the catalogue for a need that a member stated in its own words. It changes nothing by itself.

    Coordination proposes one, or the member's people pick one from what the search offers. When they confirm, the need
    is stated under the item in a return of the member, and ends in its own words in the same return.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CONFIRMED = "confirmed", _("confirmed")
        DECLINED = "declined", _("declined")
        REPLACED = "replaced", _("replaced by another proposal")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    need = models.ForeignKey(Need, models.PROTECT, related_name="item_proposals")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    note = models.CharField(_("why this item"), max_length=500, blank=True)
    by_coordination = models.BooleanField(_("proposed by coordination, not picked by the member"))
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(_("why the member declined it"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["need"], condition=Q(state="proposed"), name="item_proposal_one_waits_for_each_need"
            ),
            models.CheckConstraint(
                name="item_proposal_decided_by_and_at_together",
                condition=Q(decided_by=None, decided_at=None) | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.item_id} for need {self.need_id}"
