"""Addresses of the pages for responders."""

from django.urls import path

from unmet.web.respond import start

urlpatterns = [path("", start.start, name="respond")]
