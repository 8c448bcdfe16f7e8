"""Addresses of the desk. A party's code is in capitals, so it never looks like a page."""

from django.urls import include, path, register_converter

from unmet.web.desk import (
    approve,
    assistance,
    assistance_form,
    assistance_line,
    attachments,
    countersign,
    first,
    first_lines,
    first_send,
    follow,
    home,
    inbox,
    letters,
    needs_upload,
    own_letters,
    own_needs,
    own_standing,
    own_words,
    releases,
    return_lines,
    returns,
    search,
    support,
    support_line,
    support_new,
    support_upload,
    workbook,
)


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
    path("/search", search.search, name="desk_search"),
    path("/inbox", inbox.inbox, name="inbox"),
    path("/inbox/choices", inbox.choices, name="inbox_choices"),
    path("/inbox/read", inbox.read_all, name="inbox_read"),
    path("/inbox/<uuid:pk>", inbox.opened, name="notice"),
    path("/follow/<slug:kind>/<public_code:key>", follow.page, name="follow"),
    path("/people", include("unmet.web.desk.people_urls")),
    path("/returns", returns.returns, name="returns"),
    path("/returns/<uuid:pk>/approve", approve.approve, name="approve"),
    path("/returns/<uuid:pk>/send-back", approve.send_back, name="send_back"),
    path("/returns/<uuid:pk>/withdraw", returns.withdraw, name="return_withdraw"),
    path("/returns/<uuid:pk>/attach", attachments.attach, name="return_attach"),
    path("/attachments/<uuid:pk>", attachments.fetch, name="attachment"),
    path("/attachments/<uuid:pk>/take-back", attachments.take_back, name="attachment_take_back"),
    path("/returns/<uuid:pk>/print", countersign.make, name="print_make"),
    path("/returns/<uuid:pk>/signed", countersign.signed, name="print_signed"),
    path("/prints", countersign.find, name="print_find"),
    path("/prints/<slug:code>", countersign.sheet, name="print"),
    path("/letters", letters.page, name="letters"),
    path("/letters/new", letters.new, name="letter_new"),
    path("/letters/<uuid:pk>", letters.one, name="letter"),
    path("/letters/<uuid:pk>/lines", letters.lines, name="letter_lines"),
    path("/letters/<uuid:pk>/withdraw", letters.withdraw, name="letter_withdraw"),
    path("/letters/<uuid:pk>/adopt", own_letters.adopt, name="letter_adopt"),
    path("/letters/<uuid:pk>/ignore", own_letters.ignore, name="letter_ignore"),
    path("/letters/offices/<uuid:pk>/revoke", own_letters.revoke, name="letter_office_revoke"),
    path("/requests", assistance.lists, name="assistance"),
    path("/requests/<uuid:pk>", assistance.one, name="assistance_one"),
    path("/requests/<uuid:pk>/edit", assistance_form.edit, name="assistance_edit"),
    path("/requests/<uuid:pk>/send", assistance.send, name="assistance_send"),
    path("/requests/<uuid:pk>/stop", assistance.stop, name="assistance_stop"),
    path("/requests/<uuid:pk>/lift", assistance.lift, name="assistance_lift"),
    path("/requests/<uuid:pk>/withdraw", assistance.withdraw, name="assistance_withdraw"),
    path("/requests/<uuid:pk>/close", assistance.close, name="assistance_close"),
    path("/requests/<uuid:pk>/discard", assistance.discard, name="assistance_discard"),
    path("/requests/<uuid:pk>/acknowledge", assistance.acknowledge, name="assistance_acknowledge"),
    path("/requests/lines/<uuid:pk>/withdraw", assistance_line.withdraw, name="assistance_line_withdraw"),
    path("/requests/lines/<uuid:pk>/answer", assistance.answer, name="assistance_answer"),
    path("/support", support.support, name="support"),
    path("/support/new", support_new.new, name="support_new"),
    path("/support/import", support_upload.send, name="support_import"),
    path("/support/import/<uuid:pk>", support_upload.preview, name="support_upload"),
    path("/support/import/<uuid:pk>/marked", support_upload.marked, name="support_marked"),
    path("/support/<uuid:pk>", support_line.line, name="support_line"),
    path("/support/<uuid:pk>/accept", support_line.accept, name="support_accept"),
    path("/support/<uuid:pk>/decline", support_line.decline, name="support_decline"),
    path("/support/<uuid:pk>/receive", support_line.receive, name="support_receive"),
    path("/support/<uuid:pk>/send", support_line.send, name="support_send"),
    path("/support/<uuid:pk>/assign", support_line.assign, name="support_assign"),
    path("/support/<uuid:pk>/withdraw", support_line.withdraw, name="support_withdraw"),
    path("/releases", releases.releases, name="releases"),
    path("/releases/<uuid:pk>/withdraw", releases.withdraw, name="release_withdraw"),
    path("/needs/<uuid:pk>/hold", releases.hold, name="need_hold"),
    path("/needs/<uuid:pk>/standing", own_standing.one, name="need_standing"),
    path("/<party:member>/releases", releases.member, name="member_releases"),
    path("/<party:member>/requests", assistance_form.new, name="assistance_new"),
    path("/<party:member>/letters", own_letters.page, name="own_letters"),
    path("/<party:member>/needs", own_needs.own_needs, name="own_needs"),
    path("/<party:member>/needs/confirm", own_standing.confirm, name="needs_confirm"),
    path("/<party:member>/own-words", own_words.own_words, name="own_words"),
    path("/<party:member>/own-words/<uuid:pk>/decline", own_words.decline, name="own_words_decline"),
    path("/<party:member>/own-words/<uuid:pk>/<public_code:code>", own_words.pick, name="own_words_pick"),
    path("/<party:member>/<slug:code>", returns.one, name="return"),
    path("/<party:member>/<slug:code>/first", first.start, name="first"),
    path("/<party:member>/<slug:code>/first/have", first.have, name="first_have"),
    path("/<party:member>/<slug:code>/first/lines", first_lines.lines, name="first_lines"),
    path("/<party:member>/<slug:code>/first/asked", first.asked, name="first_asked"),
    path("/<party:member>/<slug:code>/first/seen", first.seen, name="first_seen"),
    path("/<party:member>/<slug:code>/first/send", first_send.send, name="first_send"),
    path("/<party:member>/<slug:code>/lines", return_lines.lines, name="return_lines"),
    path("/<party:member>/<slug:code>/unchanged", return_lines.unchanged, name="return_unchanged"),
    path("/<party:member>/<slug:code>/nothing", returns.nothing, name="return_nothing"),
    path("/<party:member>/<slug:code>/discard", returns.discard, name="draft_discard"),
    path("/<party:member>/<slug:code>/import", needs_upload.send, name="needs_import"),
    path("/<party:member>/<slug:code>/workbook", workbook.workbook, name="needs_workbook"),
    path("/<party:member>/<slug:code>/import/<uuid:pk>", needs_upload.preview, name="needs_upload"),
    path("/<party:member>/<slug:code>/import/<uuid:pk>/marked", needs_upload.marked, name="needs_marked"),
]
