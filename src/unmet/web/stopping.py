"""The page behind “unsubscribe” in a letter: no sign-in, one button; mail programs press it themselves (RFC 8058)."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from unmet.notices import letters
from unmet.notices import services as notices
from unmet.notices.models import How
from unmet.web.requests import PageRequest


# A mail program has no token of our forms; the signed word in the address is what it is allowed by, and for.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def stop(request: PageRequest, token: str) -> HttpResponse:
    """Say whose letters stop, and stop them on POST. Opening the page stops nothing: mail filters open every link."""
    found = letters.read_stop_token(token)
    if found is None:
        raise Http404
    person, groups = found
    if request.method == "POST":
        notices.choose(person, dict.fromkeys(groups, How.HERE))
    context = {"groups": [group.label for group in groups], "stopped": request.method == "POST"}
    return render(request, "account/mail_stop.html", context)
