"""Addresses of the page about a party's people."""

from django.urls import path

from unmet.web.desk import people

urlpatterns = [
    path("", people.page, name="people"),
    path("/<uuid:uuid>/end", people.end, name="appointment_end"),
    path("/<uuid:uuid>/letter", people.letter, name="appointment_letter"),
]
