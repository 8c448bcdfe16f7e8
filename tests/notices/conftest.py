"""Fixtures of this room's tests."""

from tests.together import committed_db

__all__ = ["committed_db"]
