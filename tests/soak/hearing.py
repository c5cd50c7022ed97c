"""Hearing: who is sent the events of some organisations, refuses some, and remembers all."""

import random
from collections import defaultdict
from typing import Any
from uuid import UUID

from core.tests.outside.receiver import Got, Receiver, answer
from eyeot.declare.ids import decode
from tests.soak.books import Books
from tests.soak.firm import Firm

_REFUSED = 0.003
"""The part of calls that is refused, or hung up on: each costs its record five seconds."""
_EVENTS = """
SELECT org_id, sum(version) AS events FROM crm_party GROUP BY 1
"""
_DELIVERIES = """
SELECT org_id, event_id, record, status, place FROM core_webhook_delivery ORDER BY place
"""


class Hearing:
    """The receiver, and what must have come to it."""

    def __init__(self, firm: Firm, receiver: Receiver, chance: random.Random) -> None:
        self.firm, self.receiver, self._chance = firm, receiver, chance
        self.refused = 0
        receiver.answers = self._answered

    def _answered(self, _: Got) -> bytes:
        if self._chance.random() >= _REFUSED:
            return answer(200, b"thanks")
        self.refused += 1
        if self._chance.random() < 0.5:
            raise ConnectionResetError
        return answer(503)

    @property
    def told(self) -> str:
        """How much came."""
        ids = {one.id for one in self.receiver.got}
        return (
            f"{len(self.receiver.got):,} calls, {len(ids):,} events, {self.refused} calls refused"
        )

    async def examine(self, connection: Any, _: Books) -> list[str]:
        """Every event came, and those of one record in their order."""
        rows = await connection.fetch(_DELIVERIES)
        wrong = [f"{r['event_id']} is {r['status']}" for r in rows if r["status"] != "delivered"]
        heard: dict[UUID, list[str]] = {org_id: [] for org_id in self.firm.hooked.values()}
        for got in self.receiver.got:
            heard[self.firm.hooked[got.path]].append(got.id)
        expected = {r["org_id"]: r["events"] for r in await connection.fetch(_EVENTS)}
        for org_id, ids in heard.items():
            if len(set(ids)) != expected[org_id]:
                wrong.append(f"{len(set(ids))} events of {expected[org_id]} came of {org_id}")
        return wrong + self._disordered(rows, heard)

    def _disordered(self, rows: Any, heard: dict[UUID, list[str]]) -> list[str]:
        lines: dict[tuple[UUID, str], list[str]] = defaultdict(list)
        for row in rows:
            lines[row["org_id"], row["record"]].append(str(row["event_id"]))
        first: dict[str, int] = {}
        for ids in heard.values():
            for at, id in enumerate(ids):
                first.setdefault(_plain(id), at)
        wrong = []
        for (_, record), line in lines.items():
            places = [first.get(one, -1) for one in line]
            if places != sorted(places):
                wrong.append(f"{record} was told in the order {places}")
        return wrong


def _plain(id: str) -> str:
    """The UUID of an event, however it is written."""
    found = decode(id)
    return str(found[1]) if found else id
