"""Open banking: its owner agrees, movements come once and in order, and the consent's end is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest_asyncio

from core.tests.outside.receiver import LOOPBACK, answer, receiving
from eyeot.runtime.outgoing import Outgoing
from plugins.invoicing.tests.banking import IBAN, Bank, Line, camt
from plugins.invoicing.tests.feed import APPLICATION, BACK, PEM, Feed, row
from plugins.invoicing.tests.shop import Shop


@dataclass
class Read:
    """A shop's account, and the provider by which it is read."""

    bank: Bank
    feed: Feed

    async def call(self, action: str, **more: Any) -> dict[str, Any]:
        """An action on the account."""
        given = {"bank_account_id": self.bank.account["id"], **more}
        return await self.bank.shop.call(f"invoicing.bank_account.{action}", **given)

    async def refused(self, action: str, **more: Any) -> dict[str, Any]:
        """Its refusal."""
        given = {"bank_account_id": self.bank.account["id"], **more}
        return await self.bank.shop.call.refused(f"invoicing.bank_account.{action}", **given)

    async def agree(self) -> dict[str, Any]:
        """Both steps of a consent."""
        begun = await self.call(
            "renew_consent",
            bank="Banque d'essai",
            application_id=APPLICATION,
            private_key=PEM,
            redirect_url=BACK,
        )
        return await self.call("renew_consent", came_back_to=self.feed.came_back(begun["url"]))

    def day(self, ago: int) -> str:
        """A day before the house's."""
        return (self.bank.shop.call.engine.clock().date() - timedelta(days=ago)).isoformat()

    async def amounts(self) -> list[str]:
        """Every movement's amount, oldest first."""
        found = await self.bank.shop.call(
            "invoicing.bank_transaction.list", sort="booked_on", limit=100
        )
        return [one["amount"]["amount"] for one in found["items"]]


@pytest_asyncio.fixture(loop_scope="session")
async def read(shop: Shop) -> AsyncIterator[Read]:
    """An account of a shop that the provider knows."""
    engine, feed = shop.house.engine, Feed([IBAN])
    before = engine.outside
    async with receiving() as receiver:
        receiver.answers = feed
        providers = {"open_banking": receiver.url("")}
        engine.outside = replace(before, http=Outgoing(allowed=LOOPBACK), providers=providers)
        yield Read(await Bank.open(shop), feed)
        engine.outside = before


async def test_an_owner_agrees_at_the_bank_and_only_that_answer_opens_the_account(
    read: Read,
) -> None:
    refused = await read.refused("sync")
    assert "renew_consent" in refused["hint"]
    refused = await read.refused("renew_consent", bank="Banque d'essai")
    assert refused["code"] == "invalid"
    refused = await read.refused(
        "renew_consent", application_id="a", bank="b", redirect_url=BACK, private_key="no key"
    )
    assert "private_key" in str(refused)
    begun = await read.call(
        "renew_consent",
        bank="Banque d'essai",
        application_id=APPLICATION,
        private_key=PEM,
        redirect_url=BACK,
    )
    assert begun["step"] == "agree_at_bank"
    asked = read.feed.asked[-1]
    assert asked["aspsp"] == {"name": "Banque d'essai", "country": "FR"}
    assert asked["access"]["valid_until"].startswith(read.day(-180))
    forged = f"{BACK}?code=code-1&state=forged"
    assert (await read.refused("renew_consent", came_back_to=forged))["code"] == "invalid"
    wrong = read.feed.came_back(begun["url"], "other")
    assert (await read.refused("renew_consent", came_back_to=wrong))["code"] == "conflict"
    done = await read.call("renew_consent", came_back_to=read.feed.came_back(begun["url"]))
    assert (done["step"], done["consent_until"]) == ("connected", read.day(-180))
    account = await read.bank.shop.call("invoicing.bank_account.get", id=read.bank.account["id"])
    assert account["connector"] == "open_banking"
    assert PEM[40:80] not in str(account)
    again = await read.call("renew_consent")
    assert again["step"] == "agree_at_bank"


async def test_movements_come_once_page_by_page_and_balances_follow_each_other(
    read: Read,
) -> None:
    await read.agree()
    read.feed.balance = "870.00"
    twin = row(read.day(9), "-15.00", None, "CARTE PARKING")
    read.feed.pages = [
        [
            row(read.day(3), "1200.00", "E3", "Facture 12"),
            row(read.day(9), "-315.00", "E2", "Loyer"),
        ],
        [twin, twin, row(read.day(0), "-99.00", "P1", "Annoncé", status="PDNG")],
    ]
    told = await read.call("sync")
    assert (told["movements"], told["pending"], told["skipped"]) == (4, 1, 0)
    assert await read.amounts() == ["-315.00", "-15.00", "-15.00", "1200.00"]
    statement = await read.bank.shop.call("invoicing.bank_statement.get", id=told["statement_id"])
    # 870.00 booked now, less 855.00 that came: what was there before.
    assert statement["opening"]["amount"] == "15.00"
    assert statement["closing"]["amount"] == "870.00"

    again = await read.call("sync")
    assert (again["movements"], again.get("statement_id")) == (0, None)
    # Booked late, among days that were fetched before.
    read.feed.pages[0].append(row(read.day(4), "-40.00", "E4", "Frais"))
    late = await read.call("sync")
    assert (late["movements"], late["skipped"]) == (1, 4)
    next_one = await read.bank.shop.call("invoicing.bank_statement.get", id=late["statement_id"])
    assert next_one["opening"]["amount"] == "870.00"
    assert next_one["closing"]["amount"] == "830.00"
    assert len(await read.amounts()) == 5


async def test_what_a_file_brought_is_not_fetched_again(read: Read) -> None:
    await read.bank.bring(
        camt("0.00", Line("500.00", "Virement", day=read.day(2)), day=read.day(1))
    )
    await read.agree()
    read.feed.pages = [
        [row(read.day(2), "500.00", "E1", "Virement"), row(read.day(0), "20.00", "E2", "Solde")]
    ]
    told = await read.call("sync")
    assert told["first"] == read.day(1)
    assert await read.amounts() == ["500.00", "20.00"]


async def test_too_many_pages_and_an_ended_consent_take_nothing_in(read: Read) -> None:
    await read.agree()
    read.feed.pages = [[row(read.day(at), "1.00", f"E{at}", "x")] for at in range(8)]
    refused = await read.refused("sync")
    assert "until" in refused["hint"]
    read.feed.spoiled = answer(401, b'{"message":"Session is expired","error":"EXPIRED_SESSION"}')
    refused = await read.refused("sync")
    assert "renew_consent" in refused["hint"]
    read.feed.spoiled = answer(200, b'{"transactions":[{"credit_debit_indicator":"CRDT"}]}')
    assert (await read.refused("sync"))["code"] == "conflict"
    assert await read.amounts() == []
    read.feed.spoiled, read.feed.pages, read.feed.days = b"", [], 5
    begun = await read.call("renew_consent")
    await read.call("renew_consent", came_back_to=read.feed.came_back(begun["url"]))
    told = await read.call("sync")
    assert "renew_consent" in told["note"]
