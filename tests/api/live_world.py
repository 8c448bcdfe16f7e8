"""Fills an empty database of its own for the tests of the live server, and prints the secret of a token.

Run as a program: `python -m tests.api.live_world`, with `UNMET_DATA` naming the folder.
"""

import django
from django.core.management import call_command


def main() -> None:
    """A small world: a round, needs of two members, one public; somebody who may do all that a token may do."""
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    from tests import make
    from tests.api.calls import now, open_round, token
    from tests.api.loop_world import on_its_way

    round_ = open_round()
    make.approved([make.line(quantity=1000), make.line("O2-CONC", 12)], of="ZMB", round_=round_, at=now())
    make.approved([make.line(quantity=500)], of="CUB", round_=round_, at=now())
    make.released("ZMB", at=now())
    make.released("ZMB", sectors=["CASE"], at=now())
    make.released("CUB", level="figures", at=now())
    on_its_way(round_)
    print(token(make.approver("ZMB")))


if __name__ == "__main__":
    main()
