"""What a focal point proposes that its member does with an offer: its approver decides."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unmet.needs.models import Need
from unmet.parties.models import Party, Person
from unmet.support.models.offers import Acceptance, Offer, OfferLine


class AcceptanceProposal(models.Model):
    """To accept some of a line of an offer, or, without a line, to decline what is left of the offer.

    It moves nothing, and the giver does not read it. One waits for each line and member, and one to decline; a newer
    one replaces it, and it ends with its offer. `quantity` is in thousandths of the offered item's base unit,
    `counts_as` in those of the need's item. What is said is never changed: only its state is, once.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting for the approver")
        TAKEN = "taken", pgettext_lazy("a proposal", "decided")
        SENT_BACK = "sent_back", pgettext_lazy("a proposal", "sent back")
        REPLACED = "replaced", pgettext_lazy("a proposal", "replaced by a newer one")
        ENDED = "ended", pgettext_lazy("a proposal", "ended with its offer")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="proposals")
    offer_line = models.ForeignKey(OfferLine, models.PROTECT, null=True, related_name="proposals")
    member = models.ForeignKey(Party, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField(null=True)
    need = models.ForeignKey(Need, models.PROTECT, null=True, related_name="+")
    counts_as = models.BigIntegerField(null=True)
    over = models.BooleanField(_("more than is not covered is meant"), default=False)
    expected_on = models.DateField(null=True)
    reason = models.CharField(_("why it is to be declined"), max_length=500, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("decided, sent back, replaced or ended at"), null=True)
    word = models.CharField(_("why it was sent back"), max_length=500, blank=True)
    acceptance = models.OneToOneField(Acceptance, models.PROTECT, null=True, related_name="proposal")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["offer_line", "member"], condition=Q(state="proposed", offer_line__isnull=False),
                name="support_acceptance_proposal_one_open",
            ),
            models.UniqueConstraint(
                fields=["offer", "member"], condition=Q(state="proposed", offer_line=None),
                name="support_decline_proposal_one_open",
            ),
            models.CheckConstraint(
                name="support_acceptance_proposal_says_how_much",
                condition=Q(offer_line__isnull=False, quantity__isnull=False, quantity__gt=0, reason="")
                | Q(offer_line=None, quantity=None, need=None, counts_as=None, over=False, expected_on=None),
            ),
            models.CheckConstraint(
                name="support_acceptance_proposal_counts_as",
                condition=Q(counts_as=None) | Q(counts_as__gt=0, need__isnull=False),
            ),
            models.CheckConstraint(
                name="support_acceptance_proposal_ended_once",
                condition=Q(state="proposed", ended_at=None) | (~Q(state="proposed") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="support_acceptance_proposal_decided_by",
                condition=Q(state__in=["taken", "sent_back"], decided_by__isnull=False)
                | (~Q(state__in=["taken", "sent_back"]) & Q(decided_by=None)),
            ),
            models.CheckConstraint(
                name="support_acceptance_proposal_sent_back_says_why",
                condition=(Q(state="sent_back") & ~Q(word="")) | (~Q(state="sent_back") & Q(word="")),
            ),
            models.CheckConstraint(
                name="support_acceptance_proposal_acceptance",
                condition=Q(acceptance=None) | Q(state="taken", offer_line__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"proposal {self.uuid}"

    @property
    def uuid_text(self) -> str:
        """For names of fields in templates."""
        return str(self.uuid)

    @property
    def taken_back(self) -> bool:
        """Whether the person who proposed it sent it back: it was taken back."""
        return self.state == self.State.SENT_BACK and self.decided_by_id == self.by_id

    @property
    def declines(self) -> bool:
        """Whether it is to decline what is left of the offer."""
        return self.offer_line_id is None
