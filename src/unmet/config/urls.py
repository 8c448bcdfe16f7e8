"""All addresses. Each page begins with the language; `/` goes to the reader's own. Programs ask without one."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from unmet.api import docs_pages
from unmet.config import health, metrics
from unmet.web import demo_links, front

urlpatterns = [
    path("", front.to_language, name="root"),
    path("api/v1/docs", docs_pages.to_docs, name="api_to_docs"),
    path("api/v1/problems/<slug:code>", docs_pages.to_problem, name="api_to_problem"),
    path("api/v1/", include("unmet.api.v1")),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics.page, name="metrics"),
    *i18n_patterns(
        path("", include("unmet.web.public.urls")),
        path("desk", include("unmet.web.desk.urls")),
        path("respond", include("unmet.web.respond.urls")),
        path("coordination", include("unmet.web.coordination.urls")),
        path("account/", include("unmet.web.account_urls")),
        path("api", include("unmet.api.page_urls")),
        path("enter/<str:secret>", demo_links.enter, name="enter"),
    ),
]
handler400 = "unmet.web.errors.not_understood"
handler404 = "unmet.web.errors.not_found"
handler500 = "unmet.web.errors.broken"
handler403 = "unmet.web.errors.forbidden"
handler429 = "unmet.web.errors.too_often"
