"""Support: what a member asks for, what a giver says it gives, what the member accepts and what it says arrived."""

from unmet.support.models.consignments import Attestation, Consignment, ConsignmentLine, ConsignmentStep
from unmet.support.models.extracts import Extract, ExtractShare, ExtractStep
from unmet.support.models.flows import Flow, FlowConfirmation, FlowDestination, FlowStep, MoneyStage
from unmet.support.models.giver_names import GiverName
from unmet.support.models.lines import Line, Proposal, Stage, Step
from unmet.support.models.offers import (
    Acceptance,
    Offer,
    OfferCapacity,
    OfferDecline,
    OfferedLine,
    OfferLine,
    OfferTechnology,
)
from unmet.support.models.profiles import DeliveryAsked, DeliveryContact, DeliveryProfile
from unmet.support.models.proposals import AcceptanceProposal
from unmet.support.models.receipts import Receipt, ReceiptLine
from unmet.support.models.requests import AssistanceRequest, NeedStop, RequestAnswer, RequestLine

__all__ = [
    "Acceptance", "AcceptanceProposal", "AssistanceRequest", "Attestation", "Consignment", "ConsignmentLine",
    "ConsignmentStep", "DeliveryAsked", "DeliveryContact", "DeliveryProfile", "Extract", "ExtractShare", "ExtractStep",
    "Flow", "FlowConfirmation", "FlowDestination", "FlowStep", "GiverName", "Line", "MoneyStage", "NeedStop", "Offer",
    "OfferCapacity", "OfferDecline", "OfferLine", "OfferTechnology", "OfferedLine", "Proposal", "Receipt",
    "ReceiptLine", "RequestAnswer", "RequestLine", "Stage", "Step",
]  # fmt: skip
