"""Fixtures of this room's tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.notices import smtp_server
from tests.notices.smtp_server import MailServer
from tests.together import committed_db
from unmet.notices import sending

__all__ = ["committed_db"]


@pytest.fixture(autouse=True)
def nothing_is_known_of_the_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with a worker that has not waited for a silent server yet."""
    monkeypatch.setattr(sending, "_silence", sending._Silence())


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    """A real mail server, to which letters go."""
    with smtp_server.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.DEFAULT_FROM_EMAIL = "Unmet <unmet@coalition.example>"
        settings.UNMET_SITE = "https://needs.coalition.example"
        yield server
