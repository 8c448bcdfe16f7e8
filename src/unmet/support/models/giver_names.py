"""Whether a giver lets everyone read its name beside what was received of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from unmet.parties.models import Party, Person
from unmet.support.models.lines import Line
from unmet.support.models.offers import Offer


class GiverName(models.Model):
    """What a giver says of its name: for all that it gives, or of one offer or one line that came of no offer.

    Without a row it is not named. An exception that is taken back says *as for all*; who said what before is in the
    audit.
    """

    class Says(models.TextChoices):
        NAMED = "named", pgettext_lazy("a giver", "named to everyone")
        NOT_NAMED = "not_named", pgettext_lazy("a giver", "not named")
        AS_ALL = "as_all", pgettext_lazy("a giver", "as for all that it gives")

    giver = models.ForeignKey(Party, models.PROTECT, related_name="+")
    offer = models.OneToOneField(Offer, models.PROTECT, null=True, related_name="+")
    line = models.OneToOneField(Line, models.PROTECT, null=True, related_name="+")
    says = models.CharField(max_length=9, choices=Says)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["giver"], condition=Q(offer=None, line=None), name="support_giver_name_once"
            ),
            models.CheckConstraint(name="support_giver_name_of_one_thing", condition=Q(offer=None) | Q(line=None)),
            models.CheckConstraint(
                name="support_giver_name_exception",
                condition=~Q(says="as_all") | Q(offer__isnull=False) | Q(line__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.giver_id} {self.says}"
