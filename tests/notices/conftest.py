"""Fixtures of this room's tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.notices import smtp_server
from tests.notices.smtp_server import MailServer
from tests.together import committed_db

__all__ = ["committed_db"]


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    """A real mail server, to which letters go."""
    with smtp_server.running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.DEFAULT_FROM_EMAIL = "Unmet <unmet@coalition.example>"
        settings.UNMET_SITE = "https://needs.coalition.example"
        yield server
