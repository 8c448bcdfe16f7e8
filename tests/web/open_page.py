"""A page that stays open in somebody's browser, and asks by itself what is said now, as its script does."""

import html
import re
from typing import Any

from django.test import Client


class OpenPage:
    """A page as it was loaded: its words, where it asks, and the mark of the signs that it shows."""

    def __init__(self, browser: Client, address: str) -> None:
        self.browser = browser
        self.words = html.unescape(browser.get(address).content.decode()).replace("\u00a0", " ")
        found = re.search(r'data-signs="(?P<asks>[^"]+)" data-mark="(?P<mark>[^"]+)"', self.words)
        self.asks, self.mark = (found["asks"], found["mark"]) if found else ("", "")

    def ask(self, browser: Client | None = None, *, known: str = "") -> Any:
        """What the page is answered, or would be in another browser; `known` is the mark that it had last."""
        return (browser or self.browser).get(self.asks, headers={"If-None-Match": f'"{known or self.mark}"'})


def mark_of(answer: Any) -> str:
    """The mark that came with an answer."""
    found = re.search(r'data-mark="([^"]+)"', answer.content.decode())
    return found[1] if found else ""
