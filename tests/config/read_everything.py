"""Reads every page and file of a demonstration as everybody, and prints as JSON what it read and what it found.

    python tests/config/read_everything.py REGEX    with UNMET_DATA set

A process of its own: which coalition is served, and in which languages, is settled when the settings are read.
"""

import io
import json
import os
import re
import sys
import zipfile
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    django.setup()  # else whoever collects tests has done so

from django.conf import settings
from django.core import mail
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import override

from unmet.config import coalition_demo, coalition_files, demonstration
from unmet.parties.models import Person

LINK = re.compile(r'(?:href|action)="(/[^"#]*)')
# In each language; a page for each of a hundred items says the same words.
OF_EACH_ROUTE = 4 if os.environ.get("UNMET_PROVE") == "1" else 1


def text_of(answer: Any) -> str:
    """What a reader gets: a page, a table, or everything inside a workbook."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    return content.decode(errors="replace")


def _route(path: str) -> str:
    """Name of the route of an address, which is read in the language it begins with."""
    with override(path[1:3]):
        try:
            return str(resolve(path.partition("?")[0]).view_name)
        except Resolver404:
            return "none"


class Reader:
    """Follows links until there are no new ones."""

    def __init__(self, forbidden: re.Pattern[str]) -> None:
        self.forbidden, self.found, self.read, self.routes = forbidden, [], {}, set()

    def walk(self, client: Client, who: str, *starts: str) -> None:
        waiting, seen = list(starts), set(starts)
        routes: Counter[tuple[str, str, str]] = Counter()
        while waiting:
            path = waiting.pop()
            kind = (_route(path), path[:4], Path(path.partition("?")[0]).suffix)
            routes[kind] += 1
            if routes[kind] > OF_EACH_ROUTE:
                continue
            answer = client.get(path)
            self.read[f"{who} {path}"] = answer.status_code
            onwards = answer.headers.get("Location", "")
            if onwards.startswith("/") and onwards not in seen and "login" not in onwards:
                seen.add(onwards)
                waiting.append(onwards)
            if answer.status_code != 200:
                continue
            self.routes.add(kind[0] + kind[2])
            text = text_of(answer)
            self.look(f"{who} {path}", text)
            if answer["Content-Type"].startswith("text/html"):
                for link in map(unescape, LINK.findall(text)):
                    if link not in seen and not link.startswith(("/static/", "//")) and "logout" not in link:
                        seen.add(link)
                        waiting.append(link)

    def look(self, where: str, text: str) -> None:
        self.found += [
            f"{where}: …{text[max(0, m.start() - 40) : m.end() + 40]}…" for m in self.forbidden.finditer(text)
        ]


def main() -> None:
    setup_test_environment()  # letters are kept, and the address of the tests is a known one
    coalition = coalition_files.standing(settings.UNMET_DATA)
    assert coalition is not None
    reader = Reader(re.compile(sys.argv[1], re.IGNORECASE))
    starts = [f"/{language}/" for language in coalition.languages]
    reader.walk(Client(), "everyone", *starts, "/api/v1/parties", "/api/v1/openapi.json", "/healthz")
    entries = {entry.role: entry for entry in demonstration.sign_in_links(coalition_demo.links(coalition))}
    for number, entry in enumerate(entries.values()):
        client = Client()
        client.force_login(entry.person, backend="django.contrib.auth.backends.ModelBackend")
        reader.walk(client, f"{entry.party.code} {entry.role}", f"{starts[number % len(starts)]}desk")
    for language in coalition.languages:
        person = Person.objects.filter(language=language).first() or Person.objects.first()
        with override(language):
            Client().post(reverse("account_reset_password"), {"email": person.email})
    for letter in mail.outbox:
        reader.look("letter", f"{letter.subject}\n{letter.from_email}\n{letter.body}\n{letter.alternatives}")
    wrong = {where: status for where, status in reader.read.items() if status >= 500}
    print(
        json.dumps(
            {
                "read": len(reader.read),
                "found": reader.found,
                "wrong": wrong,
                "letters": len(mail.outbox),
                "routes": sorted(reader.routes),
            }
        )
    )


if __name__ == "__main__":
    main()
