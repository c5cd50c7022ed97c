"""Lock-out: who guesses is held up, and whom they guess at is not."""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.tests.surface.console.browser import PASSWORD, Browser, member, site_of
from eyeot.asgi import Site
from eyeot.platform.identity import attempts
from eyeot.platform.identity.passwords import weakness
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.storage.pool import taken
from eyeot.testing import House


@pytest.fixture
def site(engine: Engine) -> Site:
    return site_of(engine)


@pytest.fixture
def later(engine: Engine) -> Iterator[None]:
    """Whatever a test does to the clock ends with it."""
    yield
    engine.clock = wall_clock


async def _guess(browser: Browser, email: str, times: int) -> None:
    for n in range(times):
        assert (await browser.sign_in(email, f"wrong guess number {n}")).status_code == 422


async def test_after_some_guesses_the_right_password_is_wrong_too_and_later_right_again(
    engine: Engine, site: Site, house: House, later: None
) -> None:
    email = await member(house, "anne", "owner")
    thief = Browser.of(site, address="203.0.113.9")
    await _guess(thief, email, 5)
    held = await thief.sign_in(email)
    wrong = await thief.sign_in(email, "and another guess")
    assert held.status_code == wrong.status_code == 422
    assert _shown(held) == _shown(wrong)

    engine.clock = lambda: wall_clock() + timedelta(minutes=16)

    assert (await thief.sign_in(email)).status_code == 303


async def test_whom_one_address_guesses_at_still_gets_in_from_another(
    site: Site, house: House
) -> None:
    email = await member(house, "anne", "owner")
    await _guess(Browser.of(site, address="203.0.113.9"), email, 8)

    assert (await Browser.of(site, address="192.0.2.7").sign_in(email)).status_code == 303


async def test_against_many_addresses_a_known_browser_helps_and_a_forged_one_does_not(
    engine: Engine, site: Site, house: House
) -> None:
    email = await member(house, "anne", "owner")
    anne = Browser.of(site, address="192.0.2.7")
    await anne.sign_in(email)
    await anne.send_from("/console/", "/console/sign-out")
    for n in range(60):
        await attempts.counted(engine, attempts.bounds("password", email, f"198.51.100.{n}"))
    stranger = Browser.of(site, address="192.0.2.8")
    # A visitor's cookie is of the browser's own making: the form token made for it must open nothing here.
    stranger.http.cookies.set("__Host-eyeot_visitor", email)
    page = (await stranger.get("/console/sign-in")).text
    token = page.partition('name="form_token" value="')[2].partition('"')[0]
    stranger.http.cookies.set("__Host-eyeot_device", token)

    assert (await stranger.sign_in(email)).status_code == 422
    assert (await anne.sign_in(email)).status_code == 303


async def test_unknown_people_are_counted_and_answered_as_known_ones(
    engine: Engine, site: Site, house: House
) -> None:
    email = await member(house, "anne", "owner")
    spent: dict[str, list[float]] = {email: [], "nobody@nowhere.example": []}
    for n in range(4):
        for whom, times in spent.items():
            browser = Browser.of(site, address=f"203.0.113.{n}")
            await browser.get("/console/sign-in")
            began = time.process_time()
            answer = await browser.sign_in(whom, "a wrong password")
            times.append(time.process_time() - began)
            assert answer.status_code == 422
    await site.kit.settled()
    async with taken(engine.database.relay) as connection:
        keys = [
            one.key for one in attempts.bounds("password", "nobody@nowhere.example", "203.0.113.1")
        ]
        found = await connection.fetch(
            "SELECT failures FROM eyeot_attempt WHERE key_hash = ANY($1)", keys
        )
    assert len(found) == 2
    # Both hash a password; without that an unknown address would take less than a tenth.
    known, unknown = (statistics.median(times) for times in spent.values())
    assert unknown > known / 3


async def test_failures_of_known_people_and_sign_ins_are_audited_without_secrets(
    engine: Engine, site: Site, house: House
) -> None:
    email = await member(house, "anne", "owner")
    browser = Browser.of(site, address="203.0.113.77")
    await browser.sign_in(email, "my old secret phrase")
    await site.kit.settled()
    await browser.sign_in(email)
    told = (
        await house.operator.call("core.audit_event.list", action="core.session.sign_in")
    ).result
    assert [(one["outcome"], one.get("code")) for one in told["items"]] == [
        ("ok", None),
        ("refused", "unauthenticated"),
    ]
    for one in told["items"]:
        assert (one["surface"], one["tags"], one["ip"]) == (
            "console",
            ["via:console"],
            "203.0.113.77",
        )
        assert "secret phrase" not in str(one)
        assert PASSWORD not in str(one)
    [anne] = (await house.operator.call("core.user.list", email=email)).result["items"]
    assert anne["last_login_at"]


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", "short"),
        ("x" * 201, "long"),
        ("Motdepasse2026!", "common"),
        ("P@ssw0rd!2026", "common"),
        ("azertyuiop12", "common"),
        ("abcdefghijkl", "common"),
        ("lyonlyonlyon", "common"),
        ("061234567890", "common"),
        ("Anne.Martin69", "alike"),
        ("fournil-2026!", "alike"),
        (PASSWORD, None),
        ("maison verte bateau", None),
    ],
)
def test_common_and_personal_passwords_are_not_taken(password: str, fault: str | None) -> None:
    assert weakness(password, ("anne.martin@fournil.example", "Fournil SARL")) == fault


def _shown(answer: object) -> str:
    text = str(getattr(answer, "text", ""))
    before, _, after = text.partition('name="form_token" value="')
    return before + after.partition('"')[2]
