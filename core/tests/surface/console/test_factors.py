"""Factors: a code counts once, nothing else opens the second door, and who sits down later proves it anew."""

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from core.tests.surface.console.browser import Browser, member, site_of
from eyeot.asgi import Site
from eyeot.declare.problem import Problem
from eyeot.platform.identity import accounts, factors
from eyeot.platform.identity.sessions import Browser as Where
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.storage.pool import taken
from eyeot.testing import House

FACTOR = "/console/account/second-factor"


@pytest.fixture
def site(engine: Engine) -> Site:
    return site_of(engine)


@pytest.fixture(autouse=True)
def _clock(engine: Engine) -> Iterator[None]:
    """Whatever a test does to the clock ends with it."""
    yield
    engine.clock = wall_clock


def code_of(secret: str, engine: Engine, ahead: int = 0) -> str:
    """What an app shows now, or so many steps later."""
    at = int(engine.clock().timestamp()) + 30 * ahead
    return TOTP(base64.b32decode(secret.replace(" ", "")), 6, SHA1(), 30).generate(at).decode()


async def enrol(browser: Browser, engine: Engine) -> tuple[str, list[str]]:
    """Turn the second factor on as a person does; its secret and the codes for recovery."""
    await browser.send(FACTOR, what="begin")
    page = await browser.get(FACTOR)
    assert 'src="data:image/svg+xml' in page.text
    [secret] = re.findall(r'class="secret">([A-Z2-7 ]+)<', page.text)
    shown = await browser.send(FACTOR, what="enable", code=code_of(secret, engine))
    assert shown.status_code == 200
    return secret, re.findall(r"<code>([a-z0-9-]{11})</code>", shown.text)


async def test_the_second_factor_stands_between_password_and_session(
    engine: Engine, site: Site, house: House
) -> None:
    email = await member(house, "anne", "owner")
    anne = Browser.of(site)
    await anne.sign_in(email)
    secret, recovery = await enrol(anne, engine)
    assert len(set(recovery)) == 10
    again = Browser.of(site)
    answer = await again.sign_in(email)
    assert answer.headers["location"].startswith("/console/second-factor")
    half = again.http.cookies["__Host-eyeot_session"]
    # The password alone opens nothing, nor may it be proven or a factor be changed with it.
    for path in (
        "/console/",
        "/console/account",
        FACTOR,
        "/console/confirm",
        "/console/organisation",
    ):
        sent = await again.get(path)
        assert sent.headers["location"].startswith("/console/second-factor"), path

    answer = await again.send("/console/second-factor", code=code_of(secret, engine, 1))

    assert answer.headers["location"] == "/console/"
    assert again.http.cookies["__Host-eyeot_session"] != half
    assert (await again.get("/console/")).status_code == 200
    thief = Browser.of(site)
    thief.http.cookies.set("__Host-eyeot_session", half)
    assert (await thief.get("/console/")).headers["location"].startswith("/console/sign-in")
    [user] = (await house.operator.call("core.user.list", email=email)).result["items"]
    assert user["mfa_enabled"] is True


async def test_a_code_counts_once_and_so_does_one_for_recovery(
    engine: Engine, site: Site, house: House
) -> None:
    email = await member(house, "anne", "owner")
    anne = Browser.of(site)
    await anne.sign_in(email)
    secret, recovery = await enrol(anne, engine)
    code = code_of(secret, engine, 1)
    for given, status in ((code, 303), (code, 422), (recovery[0], 303), (recovery[0], 422)):
        browser = Browser.of(site, address="192.0.2.55")
        await browser.sign_in(email)
        answer = await browser.send("/console/second-factor", code=given)
        assert answer.status_code == status, given
    found = await accounts.known(engine, email)
    assert found
    assert await factors.recovery_left(engine, found["id"]) == 9


async def test_codes_cannot_be_guessed(engine: Engine, site: Site, house: House) -> None:
    email = await member(house, "anne", "owner")
    anne = Browser.of(site)
    await anne.sign_in(email)
    secret, _ = await enrol(anne, engine)
    right = code_of(secret, engine, 1)
    thief = Browser.of(site, address="203.0.113.5")
    await thief.sign_in(email)
    for n in range(6):
        wrong = f"{(int(right) + n + 1) % 1_000_000:06}"
        assert (await thief.send("/console/second-factor", code=wrong)).status_code == 422
    assert (await thief.send("/console/second-factor", code=right)).status_code == 422


async def test_what_is_stored_opens_nothing(engine: Engine, site: Site, house: House) -> None:
    email = await member(house, "anne", "owner")
    anne = Browser.of(site)
    await anne.sign_in(email)
    secret, recovery = await enrol(anne, engine)
    async with taken(engine.database.relay) as connection:
        account = await connection.fetchrow("SELECT * FROM eyeot_account WHERE email = $1", email)
        codes = await connection.fetch(
            "SELECT * FROM eyeot_recovery_code WHERE account_id = $1", account["id"]
        )
    stored = str(dict(account)) + str([dict(one) for one in codes])
    assert secret.replace(" ", "") not in stored
    assert not [one for one in recovery if one in stored or one.replace("-", "") in stored]


async def test_the_worst_asks_for_a_fresh_proof(engine: Engine, site: Site, house: House) -> None:
    email = await member(house, "boss", "owner")
    other = await member(house, "anne", "owner")
    boss = Browser.of(site)
    await boss.sign_in(email)
    engine.clock = lambda: wall_clock() + timedelta(minutes=11)
    sent = await boss.get(FACTOR)
    assert sent.headers["location"].startswith("/console/confirm")
    wrong = await boss.send("/console/confirm", proof="not it", next=FACTOR)
    assert wrong.status_code == 422
    answer = await boss.send("/console/confirm", proof="correct horse battery staple", next=FACTOR)
    assert answer.headers["location"] == FACTOR
    assert (await boss.get(FACTOR)).status_code == 200
    assert other


async def test_a_password_change_ends_other_sessions_and_wants_the_present_one(
    engine: Engine, site: Site, house: House
) -> None:
    email = await member(house, "anne", "owner")
    here, elsewhere = Browser.of(site), Browser.of(site)
    await here.sign_in(email)
    await elsewhere.sign_in(email)
    path, new = "/console/account/password", "a quieter phrase for bread"
    wrong = await here.send(path, present="what was it", password=new, again=new)
    assert (wrong.status_code, 'id="present-wrong"' in wrong.text) == (422, True)
    weak = await here.send(path, present="x", password="motdepasse1234", again="motdepasse1234")
    assert 'id="password-wrong"' in weak.text

    await here.send(path, present="correct horse battery staple", password=new, again=new)

    assert (await here.get("/console/")).status_code == 200
    assert (await elsewhere.get("/console/")).status_code == 303
    assert (await elsewhere.sign_in(email)).status_code == 422
    assert (await elsewhere.sign_in(email, new)).status_code == 303


async def test_one_ends_ones_own_sessions_and_nobody_elses(
    engine: Engine, site: Site, house: House
) -> None:
    email, other = await member(house, "anne", "owner"), await member(house, "boss", "owner")
    here, there, boss = Browser.of(site), Browser.of(site), Browser.of(site)
    for browser, who in ((here, email), (there, email), (boss, other)):
        await browser.sign_in(who)
    page = await boss.get("/console/account/sessions")
    assert page.text.count("<time") == 1
    async with taken(engine.database.relay) as connection:
        [mine] = await connection.fetch(
            "SELECT s.id FROM eyeot_session s JOIN eyeot_account a ON a.id = s.account_id"
            " WHERE a.email = $1",
            other,
        )
    await here.send("/console/account/sessions", session=str(mine["id"]))
    assert (await boss.get("/console/")).status_code == 200
    await here.send("/console/account/sessions", session="others")
    assert (await there.get("/console/")).status_code == 303
    assert (await here.get("/console/")).status_code == 200


async def test_a_stale_password_hash_is_renewed(engine: Engine, site: Site, house: House) -> None:
    email = await member(house, "anne", "owner")
    weaker = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(
        "correct horse battery staple"
    )
    async with taken(engine.database.relay) as connection:
        await connection.execute(
            "UPDATE eyeot_account SET password_hash = $2 WHERE email = $1", email, weaker
        )
    await Browser.of(site).sign_in(email)
    found = await accounts.known(engine, email)
    assert found
    assert found["password_hash"] != weaker
    assert (await Browser.of(site).sign_in(email)).status_code == 303


async def test_an_administrator_resets_a_lost_factor_only_of_who_works_here_alone(
    engine: Engine, site: Site, house: House
) -> None:
    email = await member(house, "anne", "sales")
    anne = Browser.of(site)
    await anne.sign_in(email)
    await enrol(anne, engine)
    other = await House.open(engine, "Ailleurs SARL")
    given = {"id": house.people["anne"], "reason": "Téléphone perdu"}
    found = await accounts.known(engine, email)
    assert found
    told = {"email": email, "display_name": "Anne", "account_id": str(found["id"])}
    there = (await other.operator.call("core.user.register", **told)).result["id"]
    refused = await _refused(house, given)
    assert refused["code"] == "conflict"
    assert (await accounts.known(engine, email) or {})["has_second_factor"] is True

    await other.operator.call(
        "core.user.deactivate", id=there, hand_over_to=await other.person("boss", "owner")
    )
    await house.operator.call("core.user.reset_mfa", **given)

    assert (await accounts.known(engine, email) or {})["has_second_factor"] is False
    assert (await anne.get("/console/")).headers["location"].startswith("/console/organisation")
    assert not await factors.proves(engine, UUID(str(found["id"])), "000000", Where(None, None))


async def _refused(house: House, given: dict[str, str]) -> dict[str, object]:
    try:
        await house.operator.call("core.user.reset_mfa", **given)
    except Problem as problem:
        return problem.body()
    raise AssertionError("it was not refused")
