"""The words a support sheet may use, as plain data: parties, items, needs, and the lines known already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from unmet.catalogue.lookup import Lookup, Vocabulary


@dataclass(frozen=True, slots=True)
class PartyWord:
    """A party, as far as a typed line needs it. `name` is in the reader's language."""

    code: str
    name: str
    is_member: bool


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line of support that is known: by stage, what was ever stated there and what stands there now.

    Quantities in thousandths of the item's base unit.
    """

    stated: Mapping[str, int]
    standing: Mapping[str, int]


@dataclass(frozen=True)
class SupportLookup:
    """Everything that reading one support sheet needs to know.

    `words` gives the items, the round and its dates. `needs` says folded need code -> (member code, item id).
    `known` is keyed by (giver code, reference, member code, item id). `may_as_giver` and `may_as_member` say for
    which party the typist may state which stages. `giver` and `member` stand in for a column that the sheet lacks.
    Nothing that arrived may be dated after `today`.
    """

    words: Lookup
    parties: Vocabulary[PartyWord]
    today: date
    needs: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    known: Mapping[tuple[str, str, str, int], KnownLine] = field(default_factory=dict)
    may_as_giver: Mapping[str, frozenset[str]] = field(default_factory=dict)
    may_as_member: Mapping[str, frozenset[str]] = field(default_factory=dict)
    giver: str | None = None
    member: str | None = None

    def may_state(self, stage: str, *, giver: str, member: str) -> bool:
        """Whether the typist may state this stage, for the giver or for the member."""
        return stage in self.stages(giver=giver, member=member)

    def stages(self, *, giver: str, member: str) -> frozenset[str]:
        """The stages that the typist may state of a line between these two."""
        return self.may_as_giver.get(giver, frozenset()) | self.may_as_member.get(member, frozenset())
