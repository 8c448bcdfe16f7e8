"""What can be packed together: lines of one giver for one member; or all that one channel carries there, of several."""

from collections import Counter
from collections.abc import Sequence

from unmet.access import may
from unmet.access.may import Deed
from unmet.parties.models import Party
from unmet.support.consignment_queries import Free
from unmet.support.models import Line
from unmet.web.requests import PersonRequest


def pairs(free: Sequence[Free]) -> dict[tuple[Party, Party], int]:
    """(giver, member) -> how many lines can be packed."""
    return Counter((one.line.giver, one.line.member) for one in free)


def hubs(request: PersonRequest, free: Sequence[Free]) -> dict[tuple[Party, Party], tuple[int, list[Party]]]:
    """(channel, member) -> how many lines can be packed, and their givers; of channels for which the person sends."""
    mine = {one.line.channel for one in free if one.line.channel is not None}
    mine = {party for party in mine if may.may(request.actor, Deed.STATE_SUPPORT, party)}
    found: dict[tuple[Party, Party], list[Line]] = {}
    for channel in sorted(mine, key=lambda party: party.code):
        for one in free:
            if sends(one.line, channel, channel):
                found.setdefault((channel, one.line.member), []).append(one.line)
    givers = {pair: list(dict.fromkeys(line.giver for line in lines)) for pair, lines in found.items()}
    return {pair: (len(lines), givers[pair]) for pair, lines in found.items()}


def sends(line: Line, giver: Party, channel: Party | None) -> bool:
    """Whether a line goes with what a giver gives; or with all that a channel carries, and what it gives itself."""
    return line.giver == giver or (channel is not None and channel in (line.giver, line.channel))
