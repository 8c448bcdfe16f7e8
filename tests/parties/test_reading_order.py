"""Parties stand A to Z as the reader's language has it, and not as a database counts letters."""

import pytest
from django.utils import translation
from tests import make

from unmet.parties.models import Party

pytestmark = pytest.mark.django_db


def _names(language: str, **filters: object) -> list[str]:
    with translation.override(language):
        return [party.name for party in Party.objects.filter(**filters).in_reading_order()]


@pytest.fixture
def parties() -> list[str]:
    return [make.party(code).code for code in ("ZWE", "ECU", "EGY", "GAB", "ETH", "AGO", "CIV", "CUB")]


def test_a_letter_with_an_accent_stands_beside_its_letter(parties: list[str]) -> None:
    french = _names("fr", code__in=parties)
    assert french == [
        "Angola", "Côte d'Ivoire", "Cuba", "Égypte", "Équateur", "Éthiopie", "Gabon", "Zimbabwe",
    ]  # fmt: skip


def test_the_forms_of_alef_are_one_letter(parties: list[str]) -> None:
    arabic = _names("ar", code__in=["ETH", "AGO", "ECU"])
    assert arabic == ["إثيوبيا", "إكوادور", "أنغولا"]


def test_one_or_no_party_is_a_list_too() -> None:
    only = make.party("ZWE")
    assert _names("en", pk=only.pk) == ["Zimbabwe"]
    assert _names("en", code="none") == []
