"""Addresses of the pages about the API, without trailing slashes; they begin with the language like every page."""

from django.urls import path

from unmet.api import docs_pages

urlpatterns = [
    path("", docs_pages.docs, name="api_docs"),
    path("/problems/<slug:code>", docs_pages.problem, name="api_problem"),
]
