"""Compare the documents with the code, and write those that can be written from it.

    python tools/docs.py    write docs/commands.md from the help of the command line

docs/settings.md is written by hand; `settings_in_code` and `settings_in_docs` let a test compare.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "unmet"
SETTINGS = ROOT / "docs" / "settings.md"
COMMANDS = ROOT / "docs" / "commands.md"
HEAD = """# Commands

`.venv/bin/unmet COMMAND`. Written by `make docs` from the help of the commands themselves.
"""

Parser = argparse.ArgumentParser


def settings_in_code() -> set[str]:
    """Names of the environment variables of ours that the code mentions as text."""
    name = re.compile(r"""["'](UNMET_[A-Z_]+|DATABASE_URL)["']""")
    return {found for path in SOURCE.rglob("*.py") for found in name.findall(path.read_text(encoding="utf-8"))}


def settings_in_docs() -> set[str]:
    """Names in the first column of the tables of docs/settings.md."""
    rows = re.findall(r"^\| (`[^|]+) \|", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def commands_in_code() -> dict[str, Parser]:
    """Every command that does something, by the words a person types after `unmet`."""
    from unmet.config import cli

    return dict(_commands_of("", cli.parser()))


def _commands_of(name: str, parser: Parser) -> Iterator[tuple[str, Parser]]:
    # argparse offers no public way to its sub-commands.
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield name, parser
    for group in groups:
        for word, below in group.choices.items():
            yield from _commands_of(f"{name} {word}".strip(), below)


def commands_page() -> str:
    """The whole of docs/commands.md."""
    return HEAD + "".join(_section(name, parser) for name, parser in sorted(commands_in_code().items()))


def _section(name: str, parser: Parser) -> str:
    described = (parser.description or "").strip().rstrip(".")
    described = f"{described[:1].upper()}{described[1:]}."
    lines = ["", f"## unmet {name}", "", described, ""]
    rows = [_row(action) for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    if rows:
        lines += ["| argument | what it does |", "|---|---|", *rows, ""]
    if parser.epilog:
        lines += [parser.epilog.strip(), ""]
    return "\n".join(lines).rstrip() + "\n"


def _row(action: argparse.Action) -> str:
    """One argument as a row: how it is typed, and its help with the default filled in."""
    value = "" if action.nargs == 0 else str(action.metavar or action.dest).upper()
    if action.choices:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    typed = f"{', '.join(action.option_strings)} {value}".strip()
    help_text = (action.help or "") % {"default": action.default, "prog": "unmet", "dest": action.dest}
    return f"| `{typed}` | {help_text.replace('|', ' or ')} |".replace("|`", "| `")


def main() -> int:
    """Write docs/commands.md."""
    COMMANDS.write_text(commands_page(), encoding="utf-8")
    print(f"{COMMANDS.relative_to(ROOT)}: {len(commands_in_code())} commands")
    return 0


if __name__ == "__main__":
    sys.exit(main())
