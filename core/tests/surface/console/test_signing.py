"""Signing in: who gets in, who does not, and that no form of another's is taken."""

import httpx
import pytest

from core.tests.surface.console.browser import Browser, member, site_of
from eyeot.asgi import Site
from eyeot.runtime.engine import Engine
from eyeot.testing import House


@pytest.fixture
def site(engine: Engine) -> Site:
    return site_of(engine)


async def test_a_person_signs_in_and_out(site: Site, house: House) -> None:
    email = await member(house, "anne", "owner")
    anne = Browser.of(site)
    sent = await anne.get("/console/")
    assert sent.headers["location"] == "/console/sign-in?next=%2Fconsole%2F"
    answer = await anne.sign_in(email)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if "session" in one]
    assert cookie.startswith("__Host-eyeot_session=")
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= {
        part.strip().lower() for part in cookie.split(";")
    }
    home = await anne.get("/console/")
    assert "Maison Test SARL" in home.text
    stolen = anne.http.cookies["__Host-eyeot_session"]
    await anne.send_from("/console/", "/console/sign-out")
    thief = Browser.of(site)
    thief.http.cookies.set("__Host-eyeot_session", stolen)
    assert (await thief.get("/console/")).status_code == 303


@pytest.mark.parametrize("password", ["wrong", "", "x" * 5_000])
async def test_a_wrong_password_and_an_unknown_person_are_told_alike(
    site: Site, house: House, password: str
) -> None:
    email = await member(house, "anne", "owner")
    browser = Browser.of(site)
    known = await browser.sign_in(email, password)
    unknown = await browser.sign_in("nobody@example.com", password)
    assert known.status_code == unknown.status_code == 422
    assert _told(known, email) == _told(unknown, "nobody@example.com")
    assert (await browser.get("/console/")).status_code == 303


def _told(answer: httpx.Response, email: str) -> str:
    before, _, after = answer.text.replace(email, "").partition('name="form_token" value="')
    return before + after.partition('"')[2]


async def test_a_form_without_its_token_or_with_anothers_is_refused(
    site: Site, house: House
) -> None:
    email = await member(house, "anne", "owner")
    browser, other = Browser.of(site), Browser.of(site)
    fields = {"email": email, "password": "correct horse battery staple"}
    assert (await browser.http.post("/console/sign-in", data=fields)).status_code == 403
    page = await other.get("/console/sign-in")
    token = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    answer = await browser.http.post("/console/sign-in", data={**fields, "form_token": token})
    assert answer.status_code == 403
    foreign = {"origin": "https://evil.example"}
    assert (await browser.http.post("/console/sign-in", headers=foreign)).status_code == 403


@pytest.mark.parametrize(
    "next",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)",
        "/%0d%0aset-cookie:a=b", "/\r\nx: y", "/console/../../evil", "http:/console/", "/é",
    ],
)  # fmt: skip
async def test_signing_in_leads_nowhere_else(site: Site, house: House, next: str) -> None:
    email = await member(house, "anne", "owner")
    fields = {"email": email, "password": "correct horse battery staple", "next": next}
    answer = await Browser.of(site).send("/console/sign-in", **fields)
    location = answer.headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\r" not in location
    assert httpx.URL("https://localhost").join(location).host == "localhost"


async def test_a_suspended_person_has_no_session_any_more(site: Site, house: House) -> None:
    await member(house, "boss", "owner")
    email = await member(house, "anne", "sales")
    anne = Browser.of(site)
    await anne.sign_in(email)
    assert (await anne.get("/console/")).status_code == 200
    given = {"id": house.people["anne"], "reason": "Ordinateur perdu"}
    await house.operator.call("core.user.suspend", **given)
    assert (await anne.get("/console/")).headers["location"].startswith("/console/organisation")


@pytest.mark.parametrize(
    ("came", "back"),
    [
        ("https://localhost/console/sign-in?next=%2Fx", "/console/sign-in?next=%2Fx"),
        ("https://evil.example/console/", "/console/"),
        ("https://localhost//evil.example/", "/console/"),
        ("", "/console/"),
    ],
)
async def test_the_language_is_chosen_and_leads_back_here(site: Site, came: str, back: str) -> None:
    browser = Browser.of(site, language="en")
    assert "Sign in" in (await browser.get("/console/sign-in")).text
    chosen = {"to": "fr"}
    answer = await browser.http.get(
        "/console/language", params=chosen, headers={"referer": came} if came else {}
    )
    assert answer.headers["location"] == back
    assert "Connexion" in (await browser.get("/console/sign-in")).text
