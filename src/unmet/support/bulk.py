"""How heavy and how large a request is: from the packs of the catalogue, as far as a public source says it.

What no source says is counted, never guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unmet.catalogue.models import Pack
from unmet.support.models import RequestLine
from unmet.support.profile_form import wants


@dataclass(frozen=True, slots=True)
class Bulk:
    """Totals over the lines that are goods: grams and cubic centimetres, rounded up for each line.

    `goods` counts the lines that are shipped; of these `no_weight` and `no_volume` have no known one and are in no sum.
    """

    goods: int = 0
    weight_g: int = 0
    volume_cm3: int = 0
    no_weight: int = 0
    no_volume: int = 0


def total(lines: Iterable[RequestLine]) -> Bulk:
    """The sums over some lines, whose items are read with them.

    The largest pack whose weight is known stands for the weight, and likewise for the volume.
    """
    goods = [line for line in lines if line.need.item and wants(line.need.item.kind, line.need.item.flags)]
    weights, volumes = _known({line.need.item_id for line in goods if line.need.item_id})
    weight = volume = no_weight = no_volume = 0
    for line in goods:
        item = line.need.item_id or 0
        if item in weights:
            weight += _of(line.quantity, *weights[item])
        else:
            no_weight += 1
        if item in volumes:
            volume += _of(line.quantity, *volumes[item])
        else:
            no_volume += 1
    return Bulk(len(goods), weight, volume, no_weight, no_volume)


def _known(items: Iterable[int]) -> tuple[Mapping[int, tuple[int, int]], Mapping[int, tuple[int, int]]]:
    """Item -> (thousandths of the base unit in its largest pack of known weight, grams of it); the same of volume."""
    weights: dict[int, tuple[int, int]] = {}
    volumes: dict[int, tuple[int, int]] = {}
    packs = Pack.objects.filter(item__in=list(items), measured_on__isnull=False).order_by("factor", "pk")
    for pack in packs:
        if pack.weight_g:
            weights[pack.item_id] = (pack.factor, pack.weight_g)
        if pack.volume_cm3:
            volumes[pack.item_id] = (pack.factor, pack.volume_cm3)
    return weights, volumes


def _of(quantity: int, factor: int, each: int) -> int:
    """
    >>> _of(12_000, 5_000, 27_200)  # twelve sheets in bales of five
    65280
    >>> _of(1, 3_000, 1)  # rounded up
    1
    """
    return -(-quantity * each // factor)
