"""Addresses of the pages for responders."""

from django.urls import path

from unmet.web.respond import changes, gaps_file, lines, start

urlpatterns = [
    path("", start.start, name="respond"),
    path("/gaps.<file_form:form>", gaps_file.file, name="gaps_file"),
    path("/changes", changes.page, name="changes"),
    path("/changes.<file_form:form>", changes.file, name="changes_file"),
    path("/lines", lines.lines, name="detail_lines"),
    path("/lines/<uuid:pk>", lines.line, name="detail_line"),
    path("/lines/<uuid:pk>/comment", lines.write, name="comment_write"),
    path("/comments/<uuid:pk>/answer", lines.answer, name="comment_answer"),
    path("/comments/<uuid:pk>/withdraw", lines.withdraw, name="comment_withdraw"),
]
