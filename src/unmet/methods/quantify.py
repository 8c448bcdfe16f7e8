"""How much is needed, from a population. Plain Python; every function names its source and its units."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

VACCINE_DOSES = "vaccine_doses"
VACCINE_DOSES_VERSION = "1.0"
NET_NEED = "net_need"
NET_NEED_VERSION = "1.0"


def net_need(*, gross: int, stock: int, pipeline: int) -> int:
    """What is left to ask for, in the unit of the three: gross less usable stock and what is on its way.

    Overstock is no negative need: it must not cancel another item's need in a sum.

    Source: the net step of the consumption and the morbidity method, MSH, MDS-3 (2012), ch. 20.

    >>> net_need(gross=1200, stock=150, pipeline=300), net_need(gross=100, stock=150, pipeline=0)
    (750, 0)
    """
    return max(gross - stock - pipeline, 0)


@dataclass(frozen=True, slots=True)
class VaccineCourse:
    """Coefficients of a vaccination: shares between 0 and 1."""

    coverage: Decimal
    doses: int
    wastage: Decimal
    buffer: Decimal = Decimal(0)


def vaccine_doses(*, target: int, course: VaccineCourse) -> int:
    """Doses to ask for, rounded up once.

    target (persons) × coverage × doses a course × 1 ÷ (1 − wastage) × (1 + buffer).

    Source: the usual formula of immunisation programmes, as in the MSF guide and the Open University's module on
    immunisation. The wastage factor is 1 ÷ (1 − wastage), never 1 + wastage.

    Raises:
        ValueError: the wastage is 1 or more, or a figure is negative.

    >>> vaccine_doses(target=1_000_000, course=VaccineCourse(Decimal("0.7"), 2, Decimal("0.1")))
    1555556
    """
    if not 0 <= course.wastage < 1 or target < 0 or course.coverage < 0 or course.doses < 0 or course.buffer < 0:
        raise ValueError("shares lie between 0 and 1, and nothing is negative")
    wanted = target * course.coverage * course.doses * (1 + course.buffer) / (1 - course.wastage)
    return int(wanted.to_integral_value(ROUND_CEILING))
