"""The API: the same services as the pages, for programs. See docs/api.md."""
