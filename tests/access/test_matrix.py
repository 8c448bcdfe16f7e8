"""The visibility matrix: every route × method × actor, each asked about needs of every audience, searched for canaries.

What is expected stands in `expectations`, written from the design; the world in `world`. A route without a declaration
fails here with its name. Every request runs in a savepoint, so that no actor finds what another one changed.
"""

import copy
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import override
from tests import make
from tests.access import world as worlds
from tests.access.canaries import Canary, Kind, text_of
from tests.access.expectations import (
    ALL,
    LEVEL,
    ROUTES,
    SHOWS,
    Declared,
    Visit,
    may_see,
    own_person,
    party_of,
    seen_of_need,
    token_door,
)  # fmt: skip
from tests.access.world import ANSWERED, GIVER, NEEDS, NOW, PLANS, SILENT, A, Audience, B, Who, World, days
from tests.conftest import by_turns, prove_scale

from unmet.access import services as access
from unmet.access import tokens, visible
from unmet.access.actors import Actor, acting
from unmet.access.models import Release, Role
from unmet.audit.models import AuditRow
from unmet.books import services as books
from unmet.books.models import Account, Entry
from unmet.catalogue.models import Item
from unmet.figures import lists
from unmet.needs import services as needs
from unmet.needs import standing
from unmet.needs.models import Draft, Need, Statement
from unmet.parties.models import Party, Person
from unmet.support import consignment_queries
from unmet.support.models import Consignment
from unmet.web.models import Upload

pytestmark = pytest.mark.django_db  # each test in a savepoint inside the transaction that holds the world

AT_LEAST = 500
SENSITIVE = ("needs", "needs_file", "member", "item", "figure", "overview", "desk", "return", "support", "support_line")
# Pages on which everything that must be seen is looked for: all their rows are asked for in every run.
MEMBERS_PAGES = (
    "return", "return_lines", "approve", "support", "support_line", "member_releases", "needs_upload", "attachment",
    "assistance_one", "consignment", "receipt",
)  # fmt: skip
PUBLIC_PAGES = ("member", "item", "member_file", "figure")
COMMENTED = ("detail_line", "assistance_one", "profile")
READ_WHOLE = {*MEMBERS_PAGES, *PUBLIC_PAGES, *COMMENTED}
LISTS_OF_PARTIES = ("members", "members_file", "api_parties", "api_parties_csv")
SENDERS = (Who.NOBODY, Who.FOCAL_A, Who.COORDINATION)
# Where a change of anything shows: every service writes to one of them.
STATE = (AuditRow, Entry, Draft, Upload)


# ── the world, once ──────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of this file, rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        built = worlds.build()
        with worlds.standing_still():
            yield built
        transaction.set_rollback(True)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def routes(patterns: Any = None) -> Iterator[tuple[str, URLPattern]]:
    """Every route of the resolver, by name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns)
        else:
            yield pattern.name or str(pattern.pattern), pattern


NAMES = [name for name, _pattern in routes()]
WHOLE = prove_scale() == 1
HERE = by_turns(NAMES)


# ── asking ───────────────────────────────────────────────────────────────────
def address_of(name: str, visit: Visit, language: str = "en") -> str:
    """The address of a visit."""
    with override(language):
        address = reverse(name, kwargs=dict(visit.arguments))
    return f"{address}?{visit.query}" if visit.query else address


def ask(world: World, who: Who, method: str, address: str, sent: Any = None) -> Any:
    """What somebody's browser is answered. A browser of its own each time: nothing is kept from visit to visit."""
    browser: Client = copy.copy(world.browsers[who])
    browser.cookies = copy.deepcopy(world.browsers[who].cookies)
    # Every request has an id of its own, given back; one that is sent along keeps answers comparable.
    same = {"x-request-id": "0" * 32}
    return browser.get(address, headers=same) if method == "GET" else browser.post(address, sent or {}, headers=same)


def may_be_shown(declared: Declared, who: Who, visit: Visit, status: int, canary: Canary) -> bool:
    """Whether an answer may hold a canary."""
    if declared.alone or status in {403, 404, 405}:
        return own_person(who, canary)
    if declared.public:
        was_public = canary.kind == Kind.FIGURE and bool(PLANS[canary.need].since)
        return (visit.past and was_public) or may_see(Who.NOBODY, canary)
    return may_see(who, canary)


def leaks_in(
    world: World, declared: Declared, who: Who, visit: Visit, address: str, status: int, text: str, workbook: bool
) -> tuple[list[str], set[Canary]]:
    """The canaries in an answer that should not be there, and all that are. What the reader typed is no leak."""
    typed = world.canaries.forms_in(address)
    found: set[Canary] = set()
    wrong = []
    for form in world.canaries.forms_in(text, workbook=workbook) - typed:
        meant = world.canaries.by_form[form]
        found.update(meant)
        if not any(may_be_shown(declared, who, visit, status, canary) for canary in meant):
            wrong.append(f"{form}: {meant[0]}")
    return wrong, found


class Matrix:
    """Walks routes and notes cells, leaks and wrong answers."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cells: set[tuple[str, str, Who, str]] = set()
        self.routes: set[str] = set()
        self.wrong: list[str] = []
        self.found: dict[tuple[str, Who], set[Canary]] = {}

    def walk(self, name: str, *, actors: Any = Who, language: str = "en", methods: Any = ("GET", "POST")) -> None:
        """One route: its visits by all actors and methods."""
        declared = ROUTES[name]
        self.routes.add(name)
        asked: set[tuple[str, Audience | None]] = set()
        by_turns = not WHOLE and name not in READ_WHOLE
        for number, visit in enumerate(declared.visits(self.world)):
            address = address_of(name, visit, language)
            about = PLANS[visit.about].audience if visit.about else None
            for method in methods:
                first_of_all = not any(method == other for other, _about in asked)
                first_about = (method, about) not in asked
                asked.add((method, about))
                for turn, who in enumerate(actors):
                    # A sixth of the people by turns, and whoever has not signed in.
                    if by_turns and who != Who.NOBODY and (number + turn + len(name)) % 6:
                        continue
                    if self._worth_asking(declared, who, method, visit, first_of_all, first_about):
                        self.cell(name, declared, who, method, visit, address)

    @staticmethod
    def _worth_asking(
        declared: Declared, who: Who, method: str, visit: Visit, first_of_all: bool, first_about: bool
    ) -> bool:
        """A public page is read in full as nobody; the others, to whom it is the same, read one of each audience.

        Where somebody is turned away at the door whatever the address names, one address is enough; that an address
        does not take a method, three of them hear in `make test`.
        """
        if declared.public:
            if method == "POST":
                return who in SENDERS and first_of_all
            return who == Who.NOBODY or (first_about if visit.about else first_of_all)
        door = declared.door(who, method, visit)
        if 405 in door and not door & {200, 302}:
            return first_of_all and (WHOLE or who in SENDERS)
        if who in (Who.NOBODY, Who.EXPIRED) or 405 in door:
            return first_about if visit.about else first_of_all
        return True

    def cell(self, name: str, declared: Declared, who: Who, method: str, visit: Visit, address: str) -> None:
        """One request, and what it must not say or change."""
        where = f"{method} {address} as {who}"
        expected = declared.door(who, method, visit)
        with undone():
            before = worlds.fingerprint(STATE) if method == "POST" else None
            answer = ask(self.world, who, method, address, visit.sent)
            text, workbook = text_of(answer)
            wrong, found = leaks_in(self.world, declared, who, visit, address, answer.status_code, text, workbook)
            self.wrong += [f"{where} shows {leak}" for leak in wrong]
            names = name in LISTS_OF_PARTIES or _names_givers(name, visit)
            if declared.public and visit.of != GIVER and not names and self.world.giver in text:
                self.wrong.append(f"{where} shows the giver")
            if answer.status_code not in expected:
                self.wrong.append(f"{where} answers {answer.status_code}, expected {sorted(expected)}")
            refused = not expected & {200, 302} or who in {Who.NOBODY, Who.EXPIRED}
            if before is not None and refused and not declared.alone and worlds.fingerprint(STATE) != before:
                self.wrong.append(f"{where} changed something")
        self.found.setdefault((name, who), set()).update(found)
        audiences = [PLANS[visit.about].audience] if visit.about else list(Audience)
        self.cells |= {(name, method, who, audience) for audience in audiences}


def _names_givers(name: str, visit: Visit) -> bool:
    """Whether a page may name the giver that shows its name: what is given of an item of which something is public."""
    public = {plan.item for plan in PLANS.values() if plan.audience == Audience.EVERYONE}
    return name in {"given", "given_file", "api_given", "api_given_csv"} and (
        not visit.about or PLANS[visit.about].item in public
    )


@pytest.fixture(scope="module")
def walked(world: World) -> Matrix:
    """Counts cells over all tests of the file."""
    return Matrix(world)


# ── the matrix ───────────────────────────────────────────────────────────────
def test_every_route_has_a_name_of_its_own_and_a_declaration() -> None:
    undeclared = sorted(set(NAMES) - set(ROUTES))
    assert not undeclared, f"declare in tests/access/expectations.py who may see: {undeclared}"
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []


def test_no_declaration_without_a_route() -> None:
    assert sorted(set(ROUTES) - set(NAMES)) == []


@pytest.mark.parametrize("name", HERE)
def test_route_shows_nobody_more_than_was_released(walked: Matrix, name: str) -> None:
    matrix = Matrix(walked.world)
    matrix.walk(name)
    if name in SENSITIVE:
        matrix.walk(name, language="ar", actors=(Who.NOBODY, Who.FOCAL_B, Who.UNNAMED), methods=("GET",))
    walked.cells |= matrix.cells
    walked.routes |= matrix.routes
    walked.found |= matrix.found
    assert matrix.wrong == [], "\n".join(matrix.wrong[:40])


def test_matrix_has_cells_enough(walked: Matrix, capsys: Any) -> None:
    if not walked.routes >= set(HERE):
        pytest.skip("counts only when the whole matrix has run")
    with capsys.disabled():
        canaries = len(walked.world.canaries.by_name)
        print(f"\nmatrix: {len(HERE)} of {len(NAMES)} routes, {len(walked.cells)} cells, {canaries} canaries, 0 leaks")
    assert len(walked.cells) >= AT_LEAST


# ── what must be seen ────────────────────────────────────────────────────────
def found_by(walked: Matrix, who: Who, *names: str) -> set[Canary]:
    """All canaries that somebody finds on some routes, in what the matrix has read; it reads what it has not."""
    found: set[Canary] = set()
    for name in names:
        if (name, who) not in walked.found:
            walked.walk(name, actors=(who,), methods=("GET",))
        found |= walked.found[name, who]
    return found


def test_the_world_finds_every_figure_and_detail_that_was_released_to_everyone(walked: Matrix) -> None:
    due = {
        canary
        for canary in walked.world.canaries.by_name.values()
        if canary.kind in {Kind.FIGURE, Kind.DETAIL} and may_see(Who.NOBODY, canary)
    }
    missing = due - found_by(walked, Who.NOBODY, *PUBLIC_PAGES)
    assert len(due) > 60
    assert sorted(map(str, missing)) == []


# What stands on pages of the desk. A correction that waits stands before what it corrects.
ON_THE_DESK = re.compile(
    r"(place|needed by|stated by the approver|calculated|requested|receipt|sent|accepted|pledge)$"
    r"|(received|committed|pledged|proposed) \(one line\)$"
    r"|^(own words|draft|upload name|upload quantity|correction re|unassigned|attachment)"
    r"|(consignment|(planned|held|received) lot$|held because|of a receipt)"
)


def test_members_own_people_find_what_is_theirs(walked: Matrix) -> None:
    for who, member in ((Who.FOCAL_A, A), (Who.APPROVER_A, A), (Who.FOCAL_B, B), (Who.APPROVER_B, B)):
        due = {
            canary
            for canary in walked.world.canaries.by_name.values()
            if canary.party == member and ON_THE_DESK.search(canary.name) and canary.need != "everyone-detail"
        }
        assert len(due) > 30
        assert sorted(map(str, due - found_by(walked, who, *MEMBERS_PAGES))) == []


def test_whoever_sees_a_line_in_detail_reads_what_was_said_beside_it(walked: Matrix) -> None:
    for who in (Who.FOCAL_A, Who.APPROVER_A, Who.FOCAL_B, Who.COORDINATION, Who.NAMED, Who.UNNAMED):
        due = {
            canary
            for canary in walked.world.canaries.by_name.values()
            if canary.kind == Kind.COMMENT and may_see(who, canary)
        }
        assert due and sorted(map(str, due - found_by(walked, who, *COMMENTED))) == []


# ── with a token ─────────────────────────────────────────────────────────────
# Offers, consignments, receipts, money and extracts, as their own parties read them there.
IN_THE_API = re.compile(
    r"offer|consign(ed|ment)|(planned|held|received) lot$|held because|of a receipt|in a receipt"
    r"|^money (a-to-b|public|named-to-a|unnamed-to-b)|extract of"
)


def read_with_a_token(world: World, who: Who) -> tuple[list[str], set[Canary]]:
    """What is wrong in what the API gives to a token of somebody with all its scopes, and all canaries in it."""
    wrong: list[str] = []
    found: set[Canary] = set()
    with make.as_(world.people[who], at=NOW) as actor:
        _token, secret = tokens.make(
            name="matrix", scopes=tokens.scopes_of(actor), expires_at=days(20), by=world.people[who], at=NOW
        )
    asked: set[str] = set()
    for name, declared in ROUTES.items():
        # The same rows in another form: read by two of them.
        in_turn = not name.endswith("_csv") or who in (Who.FOCAL_A, Who.UNNAMED)
        for visit in declared.visits(world) if declared.door is token_door and in_turn else ():
            if (address := address_of(name, visit)) in asked:
                continue
            asked.add(address)
            answer = Client().get(address, headers={"Authorization": f"Bearer {secret}"})
            if answer.status_code not in {200, 403, 404}:
                wrong.append(f"{address} as {who} answers {answer.status_code}")
            text, workbook = text_of(answer)
            leaks, seen = leaks_in(world, declared, who, visit, address, answer.status_code, text, workbook)
            wrong += [f"{address} as {who} shows {leak}" for leak in leaks]
            found |= seen
    return wrong, found


@pytest.mark.parametrize("who", [one for one in Who if one not in (Who.NOBODY, Who.EXPIRED)])
def test_a_token_shows_what_its_person_may_see_and_no_more(world: World, who: Who) -> None:
    with undone():
        wrong, found = read_with_a_token(world, who)
    assert wrong == [], "\n".join(wrong[:40])
    due = {
        canary
        for canary in world.canaries.by_name.values()
        if IN_THE_API.search(canary.name) and may_see(who, canary) and party_of(who) in (canary.party, canary.giver)
    }
    assert len(due) > 10 or who in (Who.FOCAL_B, Who.APPROVER_B, Who.COORDINATION, Who.UNNAMED)
    assert sorted(map(str, due - found)) == []


def test_the_matrix_notices_when_a_token_reads_the_consignments_of_others(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(consignment_queries, "for_actor", Consignment.objects.all)
    with undone():
        wrong, _found = read_with_a_token(world, Who.COORDINATION)
    assert any("consignment waybill" in one for one in wrong)


# ── what is the same ─────────────────────────────────────────────────────────
UNKNOWN = uuid.UUID(int=20200504)


def alike(answer: Any, *typed: str) -> str:
    """An answer without what the reader typed, what is made anew each time, and numbers of a request."""
    text, _ = text_of(answer)
    for word in typed:
        for form in {word, quote(word), word.casefold()}:
            text = text.replace(form, "TYPED")
    for changing in _MADE_ANEW:
        text = changing.sub("", text)
    return text


_MADE_ANEW = (
    re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"'),
    re.compile(r"^(Content-Length|Set-Cookie|X-Request-ID): .*$", re.MULTILINE),
    re.compile(r"<dcterms:(created|modified).*?</dcterms:(created|modified)>"),
)


def test_somebody_elses_row_and_no_row_are_the_same_answer(world: World) -> None:
    compared = 0
    for name in HERE:
        declared = ROUTES[name]
        for visit in (
            islice(declared.visits(world), 5 if WHOLE else 2) if not declared.public and not declared.alone else ()
        ):
            argument = next((key for key in ("pk", "uuid") if key in visit.arguments), None)
            if argument is None or not visit.of:
                continue
            nowhere = Visit({**visit.arguments, argument: UNKNOWN}, visit.query)
            for who in (Who.FOCAL_B, Who.COORDINATION, Who.UNNAMED):
                if party_of(who) in visit.of.split():
                    continue
                for method in ("GET", "POST"):
                    if declared.door(who, method, visit) & {200, 302}:
                        continue
                    answers = []
                    for one in (visit, nowhere):
                        with undone():
                            address = address_of(name, one)
                            answer = ask(world, who, method, address)
                            answers.append(alike(answer, address, str(one.arguments[argument])))
                    compared += 1
                    assert answers[0] == answers[1], f"{method} {name} as {who}"
    assert compared > 100


PUBLIC_ADDRESSES = (
    "/en/", "/en/needs", "/en/members", "/en/members.csv", "/en/items.json", f"/en/members/{A}", f"/en/members/{B}",
    "/en/emergencies/matrix-emergency", "/en/figures", f"/en/figures/not_covered.csv?member={B}&item=MASK-IIR",
    "/en/given",
)  # fmt: skip


def public_answers(world: World) -> dict[str, tuple[str, str]]:
    """ETag and text of the public pages."""
    answers = {}
    for address in PUBLIC_ADDRESSES:
        answer = ask(world, Who.NOBODY, "GET", address)
        answers[address] = (answer.headers.get("ETag", ""), alike(answer))
    return answers


def private_changes(world: World) -> Iterator[tuple[str, Any]]:
    """Things that happen and are nobody else's business, each with what does it."""
    focal, approver = world.people[Who.FOCAL_B], world.people[Who.APPROVER_B]
    member, rounds = world.party(B), world.round

    def answers() -> None:
        with make.as_(focal, at=NOW):
            done = needs.submit([make.line("MASK-IIR", 77)], member=member, round_=rounds, by=focal, at=NOW)
        assert done.return_ is not None
        with make.as_(approver, at=NOW):
            needs.approve(done.return_, by=approver, at=NOW, revision=done.return_.revision)

    def releases() -> None:
        with make.as_(approver, at=NOW):
            given = needs.release(
                member=member, subjects=[("need", world.needs["b-own"].uuid)], level="detail", audience="coordination",
                until_on=None, by=approver, at=NOW,
            )  # fmt: skip
            needs.withdraw_release(given[0], by=approver, at=NOW)

    def holds_back() -> None:
        with make.as_(approver, at=NOW):
            needs.hold_back(world.needs["b-members"], by=approver, at=NOW)

    def pauses() -> None:
        with make.as_(approver, at=NOW):
            standing.pause(world.needs["b-own"], reason="It waits", by=approver, at=NOW)

    def sends_back() -> None:
        by = world.people[Who.APPROVER_A]
        with make.as_(by, at=NOW):
            needs.send_back(world.returns[A], comment="Again", by=by, at=NOW, revision=world.returns[A].revision)

    def is_helped() -> None:
        line = make.support_line(GIVER, B, "pledged", 31)
        make.stated([line], by=Person.objects.get(appointments__party__code=GIVER), round_=rounds, at=NOW)

    def appoints() -> None:
        make.person(Role.FOCAL_POINT, SILENT)

    yield "a member answers and its approver approves", answers
    yield "a member releases to coordination and withdraws it", releases
    yield "a member holds back what only members see", holds_back
    yield "a member pauses what nobody else sees", pauses
    yield "an approver sends a return back", sends_back
    yield "a giver pledges for a need that is not public", is_helped
    yield "somebody is appointed", appoints


def test_public_pages_do_not_tell_that_something_private_happened(world: World) -> None:
    with undone():
        make.reference()  # a test that first asks for the shipped data has another catalogue than the one before
        ask(world, Who.NOBODY, "GET", "/en/needs")  # whatever was due is posted
        before = public_answers(world)
        for what, change in private_changes(world):
            with undone():
                change()
                after = public_answers(world)
                changed = [address for address in before if before[address] != after[address]]
                assert changed == [], what


def test_public_pages_do_tell_that_something_was_published(world: World) -> None:
    approver = world.people[Who.APPROVER_B]
    with undone():
        before = public_answers(world)
        with make.as_(approver, at=NOW):
            needs.release(
                member=world.party(B), subjects=[("need", world.needs["b-own"].uuid)], level="figures",
                audience="everyone", until_on=None, by=approver, at=NOW,
            )  # fmt: skip
        after = public_answers(world)
        assert all(before[address][0] != after[address][0] for address in before)


def test_a_member_that_answered_and_one_that_did_not_look_the_same(world: World) -> None:
    for who in (Who.NOBODY, Who.FOCAL_B, Who.UNNAMED):
        for name in ("member", "member_file"):
            pages = []
            for code in (ANSWERED, SILENT):
                party = world.party(code)
                population = party.populations.order_by("-year", "source").first()
                visit = Visit({"code": code, **({"form": "json"} if name == "member_file" else {})})
                words = [party.name_en, code]
                if population is not None:
                    words += [f"{population.population:,}", population.source]
                pages.append(re.sub(r"in \d{4}", "", alike(ask(world, who, "GET", address_of(name, visit)), *words)))
            assert pages[0] == pages[1]


# ── asking cleverly ──────────────────────────────────────────────────────────
def test_searching_for_what_is_hidden_finds_what_searching_for_nonsense_finds(world: World) -> None:
    hidden = [
        next(iter(world.canaries.named(name).forms))
        for name in (
            "own place",
            "own remark",
            "own words",
            "everyone-figures place",
            "everyone-detail remark",
            "sensitive place",
            "own receipt",
            "everyone-detail accepted",
            "note of the return of ZMB",
            "approver of A e-mail",
        )
    ]
    hidden += [form for form in world.canaries.named("own stock").forms if len(form) == 7]
    hidden += [str(world.books["own"]["approved"] // 1000), str(world.books["everyone-figures"]["approved"] // 1000)]
    doors = [(Who.NOBODY, f"/en/needs?{parameter}") for parameter in ("q", "place", "quantity", "reference")]
    doors += [(Who.NOBODY, "/en/search?q"), (Who.NOBODY, "/en/search?in=needs&q"), (Who.UNNAMED, "/en/desk/search?q")]
    for who, door in doors:
        plain = alike(ask(world, who, "GET", f"{door}=zqnonsenseqz"), "zqnonsenseqz")
        for word in hidden:
            assert alike(ask(world, who, "GET", f"{door}={word}"), word) == plain, (door, word)


def test_filters_and_orders_do_not_tell_what_is_hidden(world: World) -> None:
    for form in ("", ".csv"):
        listed = f"/en/needs{form}"
        # The item of a private need, and one that nobody needs.
        for name, other in (("GOGGLES", "MICROSCOPE"), ("MASK-IIR", "AMBULANCE-4X4")):
            texts = [
                alike(ask(world, Who.NOBODY, "GET", f"{listed}?item={code}"), code, Item.objects.get(code=code).name_en)
                for code in (name, other)
            ]
            assert texts[0] == texts[1]
        # A member with private needs only, and a silent one.
        texts = [
            re.sub(" selected", "", alike(ask(world, Who.NOBODY, "GET", f"{listed}?member={code}"), ANSWERED, SILENT))
            for code in (ANSWERED, SILENT)
        ]
        assert texts[0] == texts[1]
    # The day on which a need released as figures is needed is no condition on it.
    figures = world.needs["everyone-figures"]
    needed = Account.objects.get(subject=figures.uuid).needed_by_on
    assert needed is not None
    for day in (needed, needed.replace(year=needed.year + 9)):
        answer = ask(world, Who.NOBODY, "GET", f"/en/needs.csv?member={A}&item=HAND-RUB&needed_by={day}")
        assert "HAND-RUB" not in text_of(answer)[0].split("\r\n", 1)[1]


def test_the_number_of_a_hidden_need_is_no_number(world: World) -> None:
    for key, need in world.needs.items():
        if key in ("everyone-detail", "b-everyone", "money"):
            continue
        for path in ("figures/approved", f"members/{PLANS[key].member}", "overview.csv"):
            texts = [
                alike(ask(world, Who.NOBODY, "GET", f"/en/{path}?need={number}"), str(number))
                for number in (need.uuid, UNKNOWN)
            ]
            assert texts[0] == texts[1], key


# ── sums ─────────────────────────────────────────────────────────────────────
def test_published_sums_are_those_of_the_released_needs_and_of_no_others(world: World) -> None:
    # Two needs are released as one sum; half-own is not released at all.
    public = [key for key, plan in PLANS.items() if plan.audience == Audience.EVERYONE or key in worlds.SUMMED]
    goods = [key for key in public if key != "money"]
    expected = {
        "needs_open": len(public),
        "needs_met": 0,
        **{
            name: sum(world.books[key].get(name, 0) for key in goods) / 100
            for name in ("value_approved", "value_not_covered", "value_not_in_country")
        },
        "finance_not_covered": world.books["money"]["not_covered"] / 100_000,
    }
    for code, value in expected.items():
        answer = json.loads(b"".join(ask(world, Who.NOBODY, "GET", f"/en/figures/{code}.json").streaming_content))
        assert float(answer["about"]["value"]) == pytest.approx(value), code


# ── without addresses: rows and sums as each actor sees them ─────────────────
def wrong_rows(world: World) -> list[str]:
    """Where `visible.rows` and the sums over it differ from the table of expectations."""
    wrong = []
    for who in Who:
        with acting(Actor.of(world.people.get(who), at=NOW, via="page")):
            for detail in (False, True):
                accounts = visible.rows(Account.objects.all(), detail=detail)
                threads = visible.rows(Need.objects.all(), visible.NEED, detail=detail)
                statements = visible.rows(Statement.objects.all(), visible.STATEMENT, detail=detail)
                shown = {
                    "accounts": set(accounts.values_list("subject", flat=True)),
                    "needs": set(threads.values_list("uuid", flat=True)),
                    "statements": set(statements.values_list("need__uuid", flat=True)),
                }
                for plan in NEEDS:
                    if plan.key in (*worlds.SUMMED, "sensitive"):
                        continue  # released wider than their single rows are shown
                    seen = seen_of_need(who, plan)
                    expected = seen == ALL or (seen == LEVEL and (not detail or Kind.DETAIL in SHOWS[plan.level]))
                    wrong += [
                        f"{who} {'sees' if not expected else 'misses'} {plan.key} among {kind}{' in detail' * detail}"
                        for kind, uuids in shown.items()
                        if (world.needs[plan.key].uuid in uuids) != expected
                    ]
    return wrong


def test_rows_are_seen_as_the_table_says(world: World) -> None:
    assert wrong_rows(world) == []


# ── the matrix must be able to fail ──────────────────────────────────────────
def noticed(
    world: World, *addresses: tuple[str, Visit], actors: Any = (Who.NOBODY, Who.FOCAL_B, Who.UNNAMED)
) -> list[str]:
    """What the matrix has to say about some addresses."""
    matrix = Matrix(world)
    for name, visit in addresses:
        for who in actors:
            matrix.cell(name, ROUTES[name], who, "GET", visit, address_of(name, visit))
    return matrix.wrong


def test_the_matrix_notices_when_everybody_sees_every_row(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(visible, "rows", lambda queryset, columns=None, *, detail=False: queryset)
    none = Account.objects.none()
    monkeypatch.setattr(visible, "sums", lambda cells, accounts: visible.Sums(cells, none, none))
    assert any(
        "shows" in wrong for wrong in noticed(world, ("respond", Visit(query="item=MASK-IIR")), actors=(Who.UNNAMED,))
    )
    assert wrong_rows(world) != []


def test_the_matrix_notices_when_everybody_is_everybodys_own_people(world: World, monkeypatch: Any) -> None:
    everyone = frozenset(Party.objects.values_list("pk", flat=True))
    monkeypatch.setattr(Actor, "own_parties", property(lambda _self: everyone))
    wrong = noticed(
        world, ("return", Visit({"member": A, "code": worlds.ROUND}, of=A)), ("support", Visit()),
        ("member_releases", Visit({"member": A}, of=A)), actors=(Who.FOCAL_B, Who.COORDINATION),
    )  # fmt: skip
    assert any("shows" in one for one in wrong)
    assert any("answers 200" in one for one in wrong)


def test_the_matrix_notices_when_the_list_forgets_what_is_public(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(
        lists.Needs, "_accounts", lambda self: Account.objects.filter(kind=Account.Kind.NEED, closed=False)
    )
    assert any(
        "shows" in wrong
        for wrong in noticed(world, ("needs", Visit()), ("member_file", Visit({"code": A, "form": "xlsx"})))
    )


def test_the_matrix_notices_when_figures_are_shown_in_detail(world: World) -> None:
    with undone():
        Account.objects.filter(public=True).update(public_detail=True)
        wrong = noticed(world, ("needs_file", Visit({"form": "csv"})), ("member", Visit({"code": A})))
        assert any("everyone-figures place" in one for one in wrong)
        assert any("sensitive place" in one for one in wrong)


def test_the_matrix_notices_when_everything_is_in_the_public_book(world: World, monkeypatch: Any) -> None:
    def everything(*, members: Any, at: Any, detail: bool = False) -> Any:
        subjects = Account.objects.filter(member__in=members).values_list("member_id", "subject")
        return set(subjects), set()

    with undone():
        monkeypatch.setattr(access, "public_subjects", everything)
        with make.as_(None, at=NOW), books.open(at=NOW) as book:
            book.publish(Party.objects.filter(code__in=(A, B)).values_list("pk", flat=True))
        for name, visit in (
            ("overview_file", Visit({"form": "json"})), ("item", Visit({"code": "GOGGLES"})),
            ("figure", Visit({"code": "not_covered"}, query=f"member={A}&item=GOGGLES")),
            ("items_file", Visit({"form": "xlsx"})),
        ):  # fmt: skip
            assert any("shows" in wrong for wrong in noticed(world, (name, visit), actors=(Who.NOBODY,))), name


def test_the_matrix_notices_a_late_expiry(world: World, monkeypatch: Any) -> None:
    """A worker that never comes leaks nothing: every read compares with the clock itself. Without that it would."""
    with undone():
        given = world.releases["withdrawn"][0]
        Release.objects.filter(pk=given.pk).update(
            withdrawn_at=None, withdrawn_by=None, ends_at=days(-1), until_on=days(-3).date()
        )
        assert wrong_rows(world) == []
        monkeypatch.setattr(visible, "standing_releases", lambda *, at: Release.objects.filter(withdrawn_at=None))
        assert any("withdrawn" in wrong for wrong in wrong_rows(world))
