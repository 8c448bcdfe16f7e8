"""Addresses of the public pages, without trailing slashes. Each list is a file too: with .csv, .xlsx or .json."""

from django.urls import path

from unmet.web.public.about import about
from unmet.web.public.asked import asked
from unmet.web.public.figures import figure, figures
from unmet.web.public.given import given
from unmet.web.public.item_lists import item_list
from unmet.web.public.items import item, items
from unmet.web.public.members import member, members
from unmet.web.public.money import money
from unmet.web.public.money_fts import money_fts
from unmet.web.public.needs import needs
from unmet.web.public.overview import overview
from unmet.web.public.pages import routes
from unmet.web.public.parts import emergency, sector, sectors
from unmet.web.public.search import search

urlpatterns = [
    path("", overview, name="overview"),
    path("overview.<file_form:form>", overview, name="overview_file"),
    *routes("needs", needs, "needs"),
    *routes("members", members, "members"),
    *routes("members/<public_code:code>", member, "member"),
    *routes("items", items, "items"),
    path("items/<item_list:listed>.<file_form:form>", item_list, name="item_list_file"),
    *routes("items/<public_code:code>", item, "item"),
    *routes("sectors", sectors, "sectors"),
    *routes("sectors/<public_code:code>", sector, "sector"),
    *routes("emergencies/<public_code:code>", emergency, "emergency"),
    *routes("money", money, "money"),
    path("money/fts.<file_form:form>", money_fts, name="money_fts"),
    *routes("figures", figures, "figures"),
    *routes("figures/<public_code:code>", figure, "figure"),
    *routes("asked", asked, "asked"),
    *routes("given", given, "given"),
    path("search", search, name="search"),
    path("about", about, name="about"),
]
