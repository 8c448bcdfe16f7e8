"""The words of one reason for which a typed line is refused or asked about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """The words of one reason code. `remedy_likely` is used where the fault carries a likely answer."""

    sentence: str
    remedy: str
    remedy_likely: str = ""
