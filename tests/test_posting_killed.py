"""Posting killed: serving processes that die in the middle of it leave no gap, no double and no half."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.demo import Demo, served

EYEOT = str(Path(sys.executable).with_name("eyeot"))
DRAFTS, KILLS, PATIENCE = 24, 3, 60.0


@pytest.fixture(scope="module")
def two() -> Iterator[Demo]:
    """Two processes that answer."""
    with served((EYEOT, "serve", "--demo", "--workers", "2", "--no-jobs")) as running:
        yield running


async def _call(demo: Demo, action: str, **body: Any) -> dict[str, Any] | None:
    """What an action answers; None when the connection broke or it was refused."""
    address = demo.endpoint.replace("/mcp", f"/actions/{action}")
    try:
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(address, json=body, headers={"X-API-Key": demo.key})
    except httpx.TransportError:
        return None
    found: dict[str, Any] | None = answer.json() if answer.is_success else None
    return found


async def _surely(demo: Demo, action: str, **body: Any) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (found := await _call(demo, action, **body)) is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"{action} was never answered")


def _servers(demo: Demo) -> list[int]:
    """The processes of this demo that answer, by the environment that they were started with."""
    mark, found = f"EYEOT_DATA_DIR={demo.data_dir}".encode(), []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            told = (entry / "environ").read_bytes(), (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if mark in told[0] and b"spawn_main" in told[1]:
            found.append(int(entry.name))
    return found


async def _kill(demo: Demo) -> int:
    """Kill one serving process after another while they post."""
    killed = 0
    for _ in range(KILLS):
        await asyncio.sleep(0.15)
        if running := _servers(demo):
            os.kill(running[0], signal.SIGKILL)
            killed += 1
    return killed


async def test_killed_servers_leave_no_gap_no_double_and_no_half_posted_invoice(two: Demo) -> None:
    drafts = await _surely(two, "invoicing.invoice.list", status="draft", limit=1)
    first = drafts["items"][0]["id"]
    made = [await _surely(two, "invoicing.invoice.duplicate", id=first) for _ in range(DRAFTS)]
    ids = [one["id"] for one in made]

    posting = asyncio.gather(*(_call(two, "invoicing.invoice.post", id=one) for one in ids))
    killed = await _kill(two)
    answers = await posting
    for one in ids:
        if (await _surely(two, "invoicing.invoice.get", id=one))["status"] == "draft":
            await _surely(two, "invoicing.invoice.post", id=one)

    assert killed == KILLS
    found = [await _surely(two, "invoicing.invoice.get", id=one) for one in ids]
    told = {one["id"]: one["number"] for one in answers if one}
    assert {one["id"]: one["number"] for one in found if one["id"] in told} == told
    ranks = sorted(one["rank"] for one in found)
    assert ranks == list(range(ranks[0], ranks[0] + DRAFTS))
    for one in found:
        entry = await _surely(two, "invoicing.journal_entry.get", id=one["entry_id"])
        assert entry["piece_ref"] == one["number"]
    for code in ("invoicing.invoice", f"invoicing.entry.{found[0]['issue_date'][:4]}"):
        series = await _surely(two, "core.sequence.list", code=code)
        proof = await _surely(two, "core.sequence.check_gaps", sequence_id=series["items"][0]["id"])
        assert proof["in_order"], proof
