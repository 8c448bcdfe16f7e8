"""Signing in by way of another body: a small OpenID Connect server on loopback, and our side as it is."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client, override_settings
from tests.web.signing_in import demonstration, sign_in, somebody

from unmet.access.models import Role

pytestmark = pytest.mark.django_db


class Ministry(ThreadingHTTPServer):
    """Another body's sign-in server. `claims` is what it says about whoever comes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.claims: dict[str, Any] = {}
        self.tokens_asked: list[dict[str, list[str]]] = []


class Desk(BaseHTTPRequestHandler):
    """Discovery, token and user information: what the protocol asks for, nothing more."""

    server: Ministry

    def do_GET(self) -> None:
        if self.path == "/.well-known/openid-configuration":
            base = self.server.address
            self._say(
                {
                    "issuer": base,
                    "authorization_endpoint": f"{base}/authorize",
                    "token_endpoint": f"{base}/token",
                    "userinfo_endpoint": f"{base}/userinfo",
                    "jwks_uri": f"{base}/keys",
                }
            )
        elif self.path == "/userinfo" and self.headers["Authorization"] == "Bearer a-token":
            self._say(self.server.claims)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.tokens_asked.append(parse_qs(body))
        self._say({"access_token": "a-token", "token_type": "Bearer", "expires_in": 60})

    def _say(self, what: dict[str, Any]) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Silent."""


@pytest.fixture
def ministry() -> Iterator[Ministry]:
    server = Ministry()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    app = {
        "provider_id": "office", "name": "Ministry of Foreign Affairs", "client_id": "unmet", "secret": "s",
        "settings": {"server_url": server.address},
    }  # fmt: skip
    with override_settings(SOCIALACCOUNT_PROVIDERS={"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}):
        yield server
    server.shutdown()
    thread.join()
    server.server_close()


def come_back(browser: Client) -> Any:
    """Press the button, and come back from the other body with a code."""
    away = browser.post("/en/account/oidc/office/login?process=login")
    assert away.status_code == 302
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    return browser.get(f"/en/account/oidc/office/login/callback?code=x&state={state}", follow=True)


def test_without_a_server_there_is_no_such_button() -> None:
    assert "by way of" not in Client().get("/en/account/login").content.decode()
    assert Client().post("/en/account/oidc/office/login").status_code == 404


def test_a_person_who_is_appointed_comes_in(ministry: Ministry) -> None:
    demonstration()
    person = somebody(Role.FOCAL_POINT)
    ministry.claims = {"sub": "77", "email": person.email, "email_verified": True}
    browser = Client()
    assert "Sign in by way of Ministry of Foreign Affairs" in browser.get("/en/account/login").content.decode()
    come_back(browser)
    assert browser.get("/en/desk/people").status_code == 200
    assert ministry.tokens_asked[0]["code_verifier"], "proof that the code was asked for by this browser"
    # A second time, and by what the other body calls the person.
    again = Client()
    come_back(again)
    assert again.get("/en/desk/people").status_code == 200
    # The password still works: the address was verified when the letter of appointment was answered.
    assert sign_in(Client(), person).status_code == 302


@pytest.mark.parametrize("claims", [{"email": "nobody@example.org", "email_verified": True}, {"email_verified": False}])
def test_nobody_else_comes_in_and_it_is_said(ministry: Ministry, claims: dict[str, Any]) -> None:
    person = somebody(Role.FOCAL_POINT)
    ministry.claims = {"sub": "78", "email": person.email} | claims
    browser = Client()
    answer = come_back(browser)
    assert "Nobody with this address is appointed here" in answer.content.decode()
    assert browser.get("/en/desk/people").status_code == 302


def test_an_answer_that_was_not_asked_for_is_refused(ministry: Ministry) -> None:
    person = somebody(Role.FOCAL_POINT)
    ministry.claims = {"sub": "79", "email": person.email, "email_verified": True}
    browser = Client()
    browser.get("/en/account/oidc/office/login/callback?code=x&state=forged")
    assert browser.get("/en/desk/people").status_code == 302


def test_the_second_factor_is_asked_for_all_the_same(ministry: Ministry) -> None:
    person = somebody(Role.APPROVER)
    ministry.claims = {"sub": "80", "email": person.email, "email_verified": True}
    browser = Client()
    come_back(browser)
    assert browser.get("/en/desk/people")["Location"].startswith("/en/account/second")
