"""`/healthz`: what it looks at, and that it tells nothing else."""

import pytest
from django.db import connection

from tests import make
from unmet.config import health

pytestmark = pytest.mark.django_db


def test_well(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "database": "ok", "tables": "ok", "disk": "ok"}
    assert answer["Cache-Control"] == "no-store" and not answer.cookies
    assert client.head("/healthz").status_code == 200 and client.post("/healthz").status_code == 405


def test_it_says_the_same_to_everybody_and_whatever_is_in_the_books(client):
    before = client.get("/healthz").content
    make.approved([make.line()], of="ZMB", round_=make.round_())
    client.force_login(make.approver("ZMB"))
    assert client.get("/healthz").content == before


def test_a_change_of_tables_that_waits(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'books'")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["tables"], answer.json()["database"]) == (503, "fail", "ok")


def test_a_disk_that_is_full(client, monkeypatch):
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 1 << 60)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["disk"]) == (503, "fail")


def test_a_folder_that_is_gone(client, settings, tmp_path):
    settings.UNMET_DATA = tmp_path / "unplugged"
    assert client.get("/healthz").json()["disk"] == "fail"


@pytest.mark.django_db(databases=[])
@pytest.mark.parametrize("path", ["/healthz"])
def test_a_database_that_does_not_answer(client, path):
    # pytest-django refuses every query here: to the page that is a database that does not answer.
    answer = client.get(path)
    assert (answer.status_code, answer.json()["database"], answer.json()["tables"]) == (503, "fail", "fail")


def test_behind_https_the_probe_on_this_machine_is_not_sent_away(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/en/").status_code == 301
