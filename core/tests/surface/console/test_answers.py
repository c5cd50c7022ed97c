"""Answers: what cannot be answered as it was meant is told in words, in the reader's language, and safely."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from core.tests.surface.console.browser import PASSWORD, Browser, member, site_of
from core.tests.surface.oauth.app import App, decide
from eyeot.asgi import Site
from eyeot.declare.problem import Conflict, Invalid, Problem, StateRefused
from eyeot.runtime.engine import Engine
from eyeot.runtime.guards.pages import page_of, way_of
from eyeot.surface.console.app import pages
from eyeot.surface.pages.refusals import said
from eyeot.surface.pages.visit import Visit
from eyeot.testing import House


@pytest.fixture
def site(engine: Engine) -> Site:
    return site_of(engine)


@pytest.fixture
async def anne(site: Site, house: House) -> Browser:
    browser = Browser.of(site)
    await browser.sign_in(await member(house, "anne", "owner"))
    return browser


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/.well-known/oauth-authorization-server"),
        ("POST", "/oauth/token"),
        ("POST", "/oauth/register"),
        ("PUT", "/oauth/authorize"),
        ("PUT", "/console/sign-in"),
        ("GET", "/nowhere"),
    ],
)
async def test_every_answer_says_that_its_kind_is_not_to_be_guessed(
    site: Site, method: str, path: str
) -> None:
    app = await App.registered(site)
    answer = await app.http.request(method, path)
    assert answer.headers.get("x-content-type-options") == "nosniff"


async def test_a_page_that_is_not_opened_so_says_how(anne: Browser) -> None:
    answer = await anne.http.put("/console/sign-in")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/", "/console"])
async def test_who_knows_the_host_alone_finds_the_way_in(site: Site, path: str) -> None:
    answer = await Browser.of(site).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")


async def test_a_french_reader_is_refused_in_french(site: Site, house: House) -> None:
    owner = Browser.of(site, "fr")
    await owner.sign_in(await member(house, "odile", "owner"))
    await house.operator.call("core.user.update", id=house.people["odile"], locale="fr")
    app = await App.registered(site)
    answer = await decide(owner, app.address(), "allow", ["crm:*"])
    assert answer.status_code == 422
    assert "The input is not valid" not in answer.text


@pytest.mark.parametrize(
    ("page", "path", "fields"),
    [
        ("/console/sign-in", "/console/sign-in", {"email": "a\0b@c.fr", "password": "x"}),
        ("/console/account", "/console/nothing/x_1/cut", {}),
        ("/console/keys/new", "/console/keys/new", {"name": "K", "expires_on": "soon"}),
        ("/console/account", "/console/account", {f"f{n}": "1" for n in range(600)}),
    ],
)
async def test_a_wrong_form_is_no_fault_of_the_server(
    site: Site, house: House, page: str, path: str, fields: dict[str, str]
) -> None:
    person = Browser.of(site)
    email = await member(house, "anne", "owner")
    if "email" not in fields:
        await person.sign_in(email)
    answer = await person.send_from(page, path, **fields)
    assert 400 <= answer.status_code < 500


async def test_what_no_text_holds_is_no_fault_in_an_address_either(anne: Browser) -> None:
    for path in (
        "/console/users/usr_%00",
        "/console/activity?action=%00",
        "/console/reset?code=a%00",
    ):
        assert (await anne.get(path)).status_code == 400, path


async def test_a_form_that_is_too_large_is_answered(anne: Browser) -> None:
    body = urlencode({"display_name": "x" * 1_100_000})
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = await anne.http.post("/console/account", content=body, headers=kind)
    assert (answer.status_code, answer.headers.get("x-frame-options")) == (413, "DENY")


async def test_a_form_without_a_length_is_read_up_to_its_limit(anne: Browser) -> None:
    async def pieces(size: int) -> AsyncIterator[bytes]:
        for _ in range(size):
            yield b"x" * 65_536

    kind = {"content-type": "application/x-www-form-urlencoded"}
    statuses = [
        (await anne.http.post("/console/account", content=pieces(n), headers=kind)).status_code
        for n in (1, 20)
    ]
    assert statuses == [403, 413]


async def test_parts_that_are_none_are_no_fault(anne: Browser) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body in (
        b"--y\r\nnothing",
        b"--x\r\n\r\nno name\r\n--x--",
        b"--x\r\nContent-Disposition: ",
    ):
        answer = await anne.http.post("/console/account", content=body, headers=kind)
        assert 400 <= answer.status_code < 500


async def test_a_browser_that_keeps_no_cookie_is_told_so(site: Site) -> None:
    # Safari drops secure cookies over http, also on the loopback address (WebKit 281149).
    safari = Browser.of(site)
    shown = await safari.get("/console/sign-in")
    safari.http.cookies.clear()
    token = shown.text.partition('name="form_token" value="')[2].partition('"')[0]
    given = {"form_token": token, "email": "a@b.example", "password": "x"}
    answer = await safari.http.post("/console/sign-in", data=given)
    assert answer.status_code == 403
    assert "keeps no cookie" in answer.text
    assert "Safari" in answer.text


async def test_a_long_request_of_an_app_outlasts_signing_in(site: Site, house: House) -> None:
    email, app = await member(house, "anne", "owner"), await App.registered(site)
    person = Browser.of(site)
    asked = app.address(state="s" * 7_000)
    away = (await person.get(asked)).headers["location"]
    [back] = parse_qs(urlsplit(away).query)["next"]
    answer = await person.send("/console/sign-in", email=email, next=back, password=PASSWORD)
    assert answer.headers["location"] == asked
    assert (await person.get(answer.headers["location"])).status_code == 200
    beyond = await Browser.of(site).get(app.address(state="s" * 9_000))
    assert beyond.status_code == 414
    assert "too long" in beyond.text


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (Conflict(reason="a@b.fr was invited or works here already."), "a@b.fr est déjà invité"),
        (Conflict(reason="Something <new>."), "Something &lt;new&gt;."),
        (
            Invalid(errors=[{"path": "scopes.0", "reason": "Field required"}]),
            "Droits : à renseigner",
        ),
        (Invalid(errors=[{"path": "name", "reason": "is odd"}]), '<span class="note" lang="en">'),
        (
            StateRefused(kind="x", state="a", step="b", allowed=[], possible=[]),
            "ne permet pas cette étape",
        ),
    ],
)
async def test_what_has_no_french_words_stands_below_in_english(
    site: Site, refused: Problem, sentence: str
) -> None:
    class Reader:
        language = "fr"

        def say(self, _: str, fr: str) -> str:
            return fr

    reader: Visit = Reader()  # type: ignore[assignment]
    assert sentence in str(said(reader, refused))


async def test_whatever_is_for_people_names_a_page_that_there_is(engine: Engine) -> None:
    there = {one.path for one in pages() if one.show}
    asked = [one for one in engine.catalogue.actions.values() if one.surface == "human"]
    assert asked
    for one in asked:
        path = page_of(one.resource, "", one.name)
        assert path in there, one.name
        if path == "/console/":
            assert "eyeot call" in way_of(one.resource, one.name), one.name
