"""Desk: runs actions of the year in the name of whose work they are."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from eyeot_crm.demo.house import OWNER
from eyeot_invoicing.demo.year.camt import Movement

ACCOUNTANT = "staff:7"
CHIEF = OWNER
_BEFORE = 390
"""Days before today on which the books were set up: after the software was opened, before the first sale."""


class Demo(Protocol):
    """What the core gives a loader."""

    ids: dict[str, str]
    now: datetime

    async def call(self, action: str, /, *, by: str, at: Any, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff."""

    async def until(self, at: datetime) -> None:
        """Wait until the other stories have come to a moment."""

    async def together(self, *stories: Any) -> None:
        """Tell several stories at once."""

    def knows(self, action: str) -> bool:
        """Whether an action is there."""


class Desk:
    """The accountant's: calls at a moment, what moved on the bank account, and ids by key."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.moved: list[Movement] = []
        """All that moved on the main account until now, whoever may have booked it."""
        self.coming: dict[str, Decimal] = {}
        """What came in for each invoice, whether the bank has told of it yet or not."""
        self.closing: dict[str, Decimal] = {}
        """The last balance of each account."""
        self.began = demo.now - timedelta(days=_BEFORE)

    @property
    def today(self) -> date:
        """The day on which the year ends."""
        return self.demo.now.date()

    @property
    def ids(self) -> dict[str, str]:
        """Ids by key."""
        return self.demo.ids

    async def call(
        self, action: str, at: datetime, /, *, by: str = ACCOUNTANT, **arguments: Any
    ) -> dict[str, Any]:
        """Run an action, if its moment has come by today."""
        return await self.demo.call(action, by=by, at=at, **arguments)

    async def id(self, kind: str, code: str, at: datetime) -> str:
        """The id of a record by its code."""
        key = f"{kind}:{code}"
        if key not in self.ids:
            found = await self.call(f"{kind}.list", at, code=code)
            self.ids[key] = found["items"][0]["id"]
        return self.ids[key]


def euros(amount: Decimal) -> dict[str, str]:
    """An amount as actions take it."""
    return {"amount": f"{amount:.2f}", "currency": "EUR"}
