"""The tables of needs, one file for each matter."""

from unmet.needs.models.first import FirstAnswer, FlashAnswer, FlashCall
from unmet.needs.models.letters import ItemProposal, LetterOffice, Proposal
from unmet.needs.models.returns import (
    Calculation,
    Draft,
    HeaderMapping,
    Need,
    Return,
    ReturnQuerySet,
    SignedPrint,
    Statement,
    TechnicalComment,
)
from unmet.needs.models.standing import StandingChange

__all__ = [
    "Calculation", "Draft", "FirstAnswer", "FlashAnswer", "FlashCall", "HeaderMapping", "ItemProposal", "LetterOffice",
    "Need", "Proposal", "Return", "ReturnQuerySet", "SignedPrint", "StandingChange", "Statement", "TechnicalComment",
]  # fmt: skip
