"""Addresses of the chair's team."""

from django.urls import include, path

from unmet.web.coordination import appointments, flash, own_words, rounds

urlpatterns = [
    path("/rounds", rounds.page, name="rounds"),
    path("/rounds/new", rounds.plan, name="round_plan"),
    path("/rounds/<slug:code>/open", rounds.open_, name="round_open"),
    path("/rounds/<slug:code>/close", rounds.close, name="round_close"),
    path("/rounds/<slug:code>/flash", flash.page, name="flash"),
    path("/rounds/<slug:code>/flash/end", flash.end, name="flash_end"),
    path("/catalogue", include("unmet.web.coordination.catalogue_urls")),
    path("/own-words", own_words.page, name="proposals"),
    path("/own-words/<uuid:pk>", own_words.propose, name="propose_item"),
    path("/appointments", appointments.page, name="appointments"),
    path("/appointments/<uuid:uuid>/confirm", appointments.confirm, name="appointment_confirm"),
    path("/appointments/<uuid:uuid>/end", appointments.end, name="coordination_appointment_end"),
    path("/appointments/<uuid:uuid>/send", appointments.letter, name="coordination_appointment_letter"),
    path("/appointments/<uuid:uuid>/letter", appointments.letter_file, name="appointment_letter_file"),
]
