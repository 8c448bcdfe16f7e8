"""The words people write for why something was rejected or is missing, in each of our languages."""

from collections.abc import Mapping, Sequence
from functools import cache

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override

from unmet.methods.fold import fold
from unmet.support.models import ReceiptLine, Stage


@cache
def known(whys: tuple[ReceiptLine.Why, ...]) -> Mapping[str, str]:
    """Folded word -> reason: its label in each of our languages, and its code."""
    words = {fold(one.value): str(one.value) for one in whys}
    for one in whys:
        words |= {fold(word): str(one.value) for word in in_each_language(one.label)}
    return words


def in_each_language(words: str | Promise) -> Sequence[str]:
    """The same words in every language that we write."""
    said = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            said.append(str(words))
    return said


def why_of(stage: str, text: str) -> str:
    """The reason that a text names for a quantity that was rejected or is missing; any other text is another reason."""
    whys = ReceiptLine.OF_REJECTED if stage == Stage.REJECTED else ReceiptLine.OF_MISSING
    return known(tuple(whys)).get(fold(text), str(ReceiptLine.Why.OTHER))
