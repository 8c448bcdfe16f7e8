"""Addresses of the desk. A party's code is in capitals, so it never looks like a page."""

from django.urls import include, path, register_converter

from unmet.web.desk import approve, home, needs_upload, releases, return_lines, returns


class PartyCode:
    """A party's code in an address: capitals, digits, - and _."""

    regex = "[A-Z][A-Z0-9_-]{1,19}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(PartyCode, "party")

urlpatterns = [
    path("", home.desk, name="desk"),
    path("/people", include("unmet.web.desk.people_urls")),
    path("/returns", returns.returns, name="returns"),
    path("/returns/<uuid:pk>/approve", approve.approve, name="approve"),
    path("/returns/<uuid:pk>/send-back", approve.send_back, name="send_back"),
    path("/returns/<uuid:pk>/withdraw", returns.withdraw, name="return_withdraw"),
    path("/releases", releases.releases, name="releases"),
    path("/releases/<uuid:pk>/withdraw", releases.withdraw, name="release_withdraw"),
    path("/needs/<uuid:pk>/hold", releases.hold, name="need_hold"),
    path("/<party:member>/releases", releases.member, name="member_releases"),
    path("/<party:member>/<slug:code>", returns.one, name="return"),
    path("/<party:member>/<slug:code>/lines", return_lines.lines, name="return_lines"),
    path("/<party:member>/<slug:code>/unchanged", return_lines.unchanged, name="return_unchanged"),
    path("/<party:member>/<slug:code>/nothing", returns.nothing, name="return_nothing"),
    path("/<party:member>/<slug:code>/discard", returns.discard, name="draft_discard"),
    path("/<party:member>/<slug:code>/import", needs_upload.send, name="needs_import"),
    path("/<party:member>/<slug:code>/import/<uuid:pk>", needs_upload.preview, name="needs_upload"),
    path("/<party:member>/<slug:code>/import/<uuid:pk>/marked", needs_upload.marked, name="needs_marked"),
]
