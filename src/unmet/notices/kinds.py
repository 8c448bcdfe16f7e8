"""Everything that people are told of: the closed list of kinds, and the sentences of each.

A notice keeps codes and numbers. Here they become whole sentences, in the language that is active, when somebody reads.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unmet.catalogue.models import Item, Round
from unmet.notices.models import Group
from unmet.parties.models import Party

# Which names of `data` hold the code of what; everything else in it is a number.
_PARTIES: Final = ("member", "party")
_ROUND, _ITEM = "round", "item"


@dataclass(frozen=True, slots=True)
class Names:
    """Parties, rounds and items by code, read at once for many notices."""

    parties: Mapping[str, Party] = field(default_factory=dict)
    rounds: Mapping[str, Round] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Iterable[Mapping[str, Any]]) -> "Names":
        """The names behind the codes in the data of some notices."""
        codes: dict[str, set[str]] = {"party": set(), _ROUND: set(), _ITEM: set()}
        for data in told:
            for name, value in data.items():
                kind = "party" if name in _PARTIES else name
                if kind in codes:
                    codes[kind].add(str(value))
        return cls(_by_code(Party, codes["party"]), _by_code(Round, codes[_ROUND]), _by_code(Item, codes[_ITEM]))


def _by_code(model: type[Any], codes: set[str]) -> dict[str, Any]:
    found: Iterable[Any] = model.objects.filter(code__in=codes) if codes else ()
    return {row.code: row for row in found}


class Facts:
    """What one notice tells, by name: in words where it holds a code, as it is where it holds a number."""

    def __init__(self, data: Mapping[str, Any], names: Names) -> None:
        self._data, self._names = data, names

    def words(self) -> dict[str, Any]:
        """The placeholders of a sentence. A code whose row is gone stands for itself."""
        return {name: self._word(name, value) for name, value in self._data.items()}

    def number(self, name: str) -> int:
        """A number."""
        return int(self._data[name])

    def _word(self, name: str, value: Any) -> Any:
        row: Model | None = None
        if name in _PARTIES:
            row = self._names.parties.get(value)
        elif name == _ROUND:
            row = self._names.rounds.get(value)
        elif name == _ITEM:
            row = self._names.items.get(value)
        return getattr(row, "name", value)


Sentence = Callable[[Facts], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the group in which people choose how to be told, its subject, and what it says.

    `needs` are the names that its data holds, all of them and no others.
    """

    group: Group
    needs: frozenset[str]
    subject: Sentence
    says: Sentence


# ── needs ────────────────────────────────────────────────────────────────────
def _approved(facts: Facts) -> str:
    changed = facts.number("changed")
    if not changed:
        return _("%(member)s: version %(version)s of the return for %(round)s is approved.") % facts.words()
    return (
        ngettext(
            "%(member)s: version %(version)s of the return for %(round)s is approved. "
            "The approver changed the quantity of %(changed)s line.",
            "%(member)s: version %(version)s of the return for %(round)s is approved. "
            "The approver changed the quantity of %(changed)s lines.",
            changed,
        )
        % facts.words()
    )


KINDS: Final[dict[str, Kind]] = {
    "needs.submitted": Kind(
        Group.WAITING,
        frozenset({"member", "round", "version"}),
        lambda _facts: _("A return waits for your approval"),
        lambda facts: (
            _("%(member)s: version %(version)s of the return for %(round)s waits for your approval.") % facts.words()
        ),
    ),
    "needs.sent_back": Kind(
        Group.OUTCOME,
        frozenset({"member", "round", "version"}),
        lambda _facts: _("Your return was sent back"),
        lambda facts: (
            _(
                "%(member)s: the approver sent version %(version)s of the return for %(round)s back. "
                "Please read the comment and correct it."
            )
            % facts.words()
        ),
    ),
    "needs.approved": Kind(
        Group.OUTCOME,
        frozenset({"member", "round", "version", "changed"}),
        lambda _facts: _("Your return is approved"),
        _approved,
    ),
}


def subject(kind: str, data: Mapping[str, Any], names: Names) -> str:
    """What a letter about one notice is called."""
    return KINDS[kind].subject(Facts(data, names))


def says(kind: str, data: Mapping[str, Any], names: Names) -> str:
    """What happened, in one or two whole sentences."""
    return KINDS[kind].says(Facts(data, names))
