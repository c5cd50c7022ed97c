"""Rates of the European Central Bank: read once, by the day, and from nothing but its file."""

from datetime import timedelta
from typing import Any

import pytest

from eyeot.testing import Desk
from eyeot.testing.contract.outside import answering
from plugins.sales.tests.bank import file


def _said(body: bytes) -> Any:
    return {"ecb": lambda _method, _path, _body: body}


def _key(day: Any) -> str:
    return f"d{day:%Y_%m_%d}"


async def test_the_latest_rates_are_noted_once(call: Desk) -> None:
    day = call.engine.clock().date()
    body = file(**{_key(day): {"USD": "1.1820", "JPY": "183.12"}})

    with answering(call.engine, _said(body)):
        first = await call("sales.exchange_rate.fetch_latest", currencies=["USD"])
        second = await call("sales.exchange_rate.fetch_latest")
    found = await call(
        "sales.exchange_rate.convert", amount={"amount": "100.00", "currency": "EUR"}, to="USD"
    )

    assert (first["added"], second["added"], second["known"]) == (["USD"], ["JPY"], 1)
    assert (found["amount"]["amount"], found["source"]) == ("118.20", "ecb")


async def test_a_day_without_rates_has_those_before(call: Desk) -> None:
    day = call.engine.clock().date()
    before, long_ago = day - timedelta(days=3), day - timedelta(days=400)
    body = file(**{_key(day): {"USD": "1.2"}, _key(before): {"USD": "1.1"}})

    with answering(call.engine, _said(body)):
        found = await call(
            "sales.exchange_rate.fetch_latest", date=(day - timedelta(days=1)).isoformat()
        )
        refused = await call.refused("sales.exchange_rate.fetch_latest", date=long_ago.isoformat())

    assert found["date"] == before.isoformat()
    assert refused["errors"][0]["path"] == "date"


async def test_without_the_operator_nobody_is_asked(call: Desk) -> None:
    refused = await call.refused("sales.exchange_rate.fetch_latest")

    assert refused["code"] == "provider_not_configured"


_BOMB = b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x time="2026-01-01">&b;</x>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Not found</html>",
        b"<x time='yesterday'/>",
        _BOMB,
        _BOMB.decode().encode("utf-16"),
        file(d2026_01_01={"USD": "-1"}),
        file(d2026_01_01={"USD": "NaN"}),
        file(d2026_01_01={"USD": "1e999999999"}),
        file(d2026_01_01={"usd; drop": "1.1"}),
    ],
)
async def test_what_is_not_its_file_notes_nothing(call: Desk, body: bytes) -> None:
    with answering(call.engine, _said(body)):
        refused = await call.refused("sales.exchange_rate.fetch_latest")

    assert refused["code"] == "provider_unavailable"
    assert (await call("sales.exchange_rate.list"))["total"] == 0
