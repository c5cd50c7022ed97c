"""Redaction: a secret that is planted anywhere in an input of any action is nowhere in the database."""

import contextlib
from typing import Any

import pytest

from core.tests.raw import connected
from eyeot.declare.problem import Problem
from eyeot.runtime.audit import redacted
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

PLANT = "pl4nted-s3cret"
NIR = "255081416802538"
NAMES = (
    "password", "Password", "new_password", "token", "access_token", "refreshToken", "secret",
    "client_secret", "key", "api_key", "apiKey", "X-Api-Key", "private_key", "otp",
    "recovery_code", "Authorization", "cookie", "passphrase",
)  # fmt: skip
TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""


async def _holders(database: TestDatabase, text: str) -> list[str]:
    """The tables with a row that holds a text."""
    async with connected(database.admin) as admin:
        tables = [row["relname"] for row in await admin.fetch(TABLES)]
        return [
            one
            for one in tables
            if await admin.fetchval(
                f"SELECT EXISTS (SELECT FROM {one} t WHERE t::text ILIKE '%{text}%')"
            )
        ]


async def test_what_is_planted_in_the_input_of_any_action_is_nowhere_afterwards(
    call: Desk, house: House, database: TestDatabase
) -> None:
    planted = dict.fromkeys(NAMES, PLANT)
    given: dict[str, Any] = {**planted, "deep": [{"er": planted, "token": [PLANT, {"a": PLANT}]}]}
    writes = [one for one in call.engine.catalogue.actions.values() if not one.reads]
    assert len(writes) > 100
    for action in writes:
        with contextlib.suppress(Problem):
            await call.answer(action.name, **given)
        with contextlib.suppress(Problem):
            await house.operator.call(action.name, **given)

    assert await _holders(database, PLANT) == []
    async with connected(database.admin) as admin:
        told = await admin.fetchval(
            "SELECT count(DISTINCT action) FROM core_audit_event WHERE org_id = $1 AND input ? 'deep'",
            house.org_id,
        )
    assert told == len(writes)


@pytest.mark.parametrize(
    "value",
    [
        NIR,
        int(NIR),
        f"M. Durand, {NIR}, Lyon",
        "2 55 08 14 168 025 38",
        "2-55-08-14-168-025-38",
        [NIR],
        {"id": NIR},
    ],
    ids=str,
)
async def test_a_social_security_number_is_not_kept_wherever_it_is_written(value: Any) -> None:
    told = repr(redacted(None, {"id": value, "n": {"x": value}}))

    digits = "".join(sign for sign in told if sign.isdigit())
    assert NIR not in digits
    assert "redacted" in told


@pytest.mark.parametrize(
    "value",
    [
        "255081416802539",
        255081416802539,
        "FR7630006000011234567890189",
        "cus_01h455vb4pex5vsknk084sn02q",
    ],
)
async def test_what_is_no_secret_is_kept(value: Any) -> None:
    assert redacted(None, {"id": value}) == {"id": value}
