"""Around every address of the API: no cookie comes in or goes out, and every refusal is a problem."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language_from_request, override

from unmet.api import problems, public_rates

PREFIX = "/api/v1/"
GetResponse = Callable[[HttpRequest], HttpResponse]


class ApiMiddleware:
    """Stands before sessions: a browser that is signed in is nobody here, so no other site can use its cookie."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        head = request.method == "HEAD"
        if head:
            request.method = "GET"
        with override(get_language_from_request(request)):
            response = self._answer(request)
        response.cookies.clear()
        problems.everywhere(response)
        if head:
            _take_body_out(response)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if "Authorization" not in request.headers:
            try:
                public_rates.count(request, at=timezone.now())
            except problems.Problem as often:
                return problems.answer(often, request)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.UNMET_FILE_LIMIT + 1_000_000:
            return problems.answer(problems.Problem("too-large"), request)
        response = self.get_response(request)
        if response.status_code < 400 or response.headers.get("Content-Type", "").startswith(problems.TYPE):
            return response
        told = problems.answer(problems.of_status(response.status_code), request)
        if "Allow" in response.headers:
            told.headers["Allow"] = response.headers["Allow"]
        return told


def _take_body_out(response: HttpResponseBase) -> None:
    """Leave the head of an answer, with the length that its body has. What the body is read from closes with it."""
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = ()
    elif isinstance(response, HttpResponse):
        length = len(response.content)
        response.content = b""
        response.headers["Content-Length"] = str(length)
