"""Addresses under which coordination keeps the catalogue."""

from django.urls import path

from unmet.web.coordination import catalogue, catalogue_file, exchange_rates, severity

urlpatterns = [
    path("", catalogue.page, name="catalogue"),
    path("/new", catalogue.new, name="catalogue_new"),
    path(".csv", catalogue_file.export, name="catalogue_export"),
    path("/import", catalogue_file.bring_in, name="catalogue_import"),
    path("/rates", exchange_rates.page, name="exchange_rates"),
    path("/rates/<int:pk>/drop", exchange_rates.drop, name="exchange_rate_drop"),
    path("/severity", severity.page, name="severities"),
    path("/severity/<slug:month>/drop", severity.drop, name="severity_drop"),
    path("/units", catalogue.units, name="catalogue_units"),
    path("/items/<public_code:code>", catalogue.one, name="catalogue_item"),
    path("/items/<public_code:code>/edit", catalogue.edit, name="catalogue_edit"),
    path("/items/<public_code:code>/retire", catalogue.retire, name="catalogue_retire"),
    path("/items/<public_code:code>/back", catalogue.bring_back, name="catalogue_back"),
    path("/items/<public_code:code>/contents", catalogue.contents, name="catalogue_contents"),
    path("/items/<public_code:code>/packs/<int:pk>", catalogue.edit_pack, name="catalogue_pack"),
    path("/items/<public_code:code>/<slug:part>/add", catalogue.add_part, name="catalogue_add"),
    path("/items/<public_code:code>/<slug:part>/<int:pk>/drop", catalogue.drop_part, name="catalogue_drop"),
]
