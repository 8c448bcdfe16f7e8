"""One-time sign-in links of a database marked DEMONSTRATION."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from unmet.access import services as access
from unmet.access.actors import standing_appointments
from unmet.web.accounts import home
from unmet.web.requests import PageRequest


@never_cache
def enter(request: PageRequest, secret: str) -> HttpResponse:
    """Say as whom this link signs in; the button uses it up. A mail program that opens the link uses nothing up."""
    if not access.is_demonstration():
        raise Http404
    link = access.find_sign_in_link(secret)
    if link is None or not link.person.is_active:
        return render(request, "account/enter_used.html", status=404)
    if request.method == "POST":
        person = access.use_sign_in_link(secret, at=request.at)
        if person is None:  # the same button in another window was faster
            return render(request, "account/enter_used.html", status=404)
        get_adapter(request).login(request, person)
        record_authentication(request, person, method="link")  # so that it counts as having just shown who it is
        return redirect(home(request, person, reverse("desk")))
    appointments = standing_appointments(at=request.at).filter(person=link.person).select_related("party")
    return render(request, "account/enter.html", {"person": link.person, "appointments": appointments.order_by("role")})
