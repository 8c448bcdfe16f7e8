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

__all__ = [
    "Calculation", "Draft", "FirstAnswer", "FlashAnswer", "FlashCall", "HeaderMapping", "ItemProposal", "LetterOffice",
    "Need", "Proposal", "Return", "ReturnQuerySet", "SignedPrint", "Statement", "TechnicalComment",
]  # fmt: skip
