"""Trade: posting, papers, the FEC, aged receivables and search, at the size of a busy company.

python -m tests.bench.trade [posting papers fec aged search] [--rows 100000] [--invoices 1000]

posting: invoices of ten lines, posted over HTTP by eight clients on two serving processes. papers: PDFs.
fec, aged, search: over rows that are copied straight into the tables, since filling is not what is measured.
"""

import argparse
import asyncio
import json
import random
import resource
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from eyeot import app
from eyeot.declare.ids import decode
from eyeot.deploy import migrate, roles
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.platform.jobs import occurrence
from eyeot.runtime.engine import Engine
from eyeot.runtime.relay import Relay
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House
from tests.bench.run import free_port, process
from tests.bench.trade_rows import ENTRIES, ENTRY_LINES, INVOICES, NAMES, TRADES, WORDS

CLIENTS = 8
LINES = 10
_YEAR = date.today().year  # noqa: DTZ011 - the year that the company opens in


class Company:
    """A company in order, with a customer, on a database of its own."""

    def __init__(self, engine: Engine, house: House, call: Desk, admin: asyncpg.Connection) -> None:
        self.engine, self.house, self.call, self.admin = engine, house, call, admin
        self.customer = ""

    @classmethod
    async def open(cls, server: EmbeddedPostgres) -> "Company":
        """Found it, and give it what the law wants on its invoices."""
        catalogue = app.assemble()
        await migrate.upgrade(server.admin_url, catalogue.plugins)
        engine = await app.start(
            catalogue, server.url(roles.APP), server.url(roles.RELAY), public_url="http://localhost"
        )
        house = await House.open(engine, "Négoce Rhône SAS", seats=0)
        await house.person("owner", "owner")
        scopes = sorted({one.needs for one in catalogue.actions.values()})
        call = await house.desk(*scopes, owner="owner")
        made = cls(engine, house, call, await asyncpg.connect(server.admin_url))
        await made._identity()
        return made

    async def _identity(self) -> None:
        operator = self.house.operator
        own = (await operator.call("core.organization.list")).result["items"][0]["id"]
        told: dict[str, Any] = {"siren": "732829320", "vat_number": "FR44732829320"}
        capital = {"amount": "10000.00"}
        await operator.call(
            "core.organization.update",
            id=own, share_capital=capital, rcs_city="Lyon", legal_form="SAS", **told,
        )  # fmt: skip
        address = {"line1": "4 quai des Marans", "postcode": "69002", "city": "Lyon"}
        await operator.call(
            "core.establishment.create",
            name="Siège", siret="73282932000074", is_head_office=True, address=address,
        )  # fmt: skip
        made = await self.call(
            "crm.customer.create",
            name="Boulangerie Martin", siren="552100554", lifecycle="customer", addresses=[address],
        )  # fmt: skip
        self.customer = made["id"]

    async def drafts(self, count: int, lines: int = LINES) -> list[str]:
        """Draft invoices of so many lines."""
        found: list[str] = []
        rates = (await self.call("sales.tax_rate.list", code_in=["FR20", "FR10"]))["items"]

        async def draft() -> None:
            rows = [
                {
                    "description": f"Article {at}",
                    "quantity": str(at),
                    "unit_price": {"amount": f"{10 + at}.35"},
                    "tax_rate_id": rates[at % len(rates)]["id"],
                }
                for at in range(1, lines + 1)
            ]
            made = await self.call("invoicing.invoice.create", party_id=self.customer, lines=rows)
            found.append(made["id"])

        await together(count, draft)
        return found

    async def copied(self, source: str, count: int) -> None:
        """That invoice so many times, due on other days."""
        given = decode(source)
        assert given
        await self.admin.execute("SET session_replication_role = replica")
        await self.admin.execute(INVOICES, self.house.org_id, given[1], count)
        await self.admin.execute("SET session_replication_role = origin")
        await self.admin.execute("ANALYZE")

    async def close(self) -> None:
        """Let everything go."""
        await self.admin.close()
        await app.stop(self.engine)


async def together(count: int, work: Callable[[], Awaitable[None]]) -> None:
    """So much work, by eight at once."""
    left = iter(range(count))

    async def one() -> None:
        for _ in left:
            await work()

    await asyncio.gather(*(one() for _ in range(CLIENTS)))


def told(what: str, figure: str, goal: str) -> None:
    print(f"{what:<58}{figure:>20}   goal {goal}", flush=True)  # noqa: T201


def posted(port: int, key: str, id: str) -> None:
    """Post one invoice over HTTP."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/actions/invoicing.invoice.post",
        data=json.dumps({"id": id}).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        json.loads(answer.read())


async def posting(folder: Path, given: argparse.Namespace) -> None:
    """A thousand invoices by eight clients."""
    data = folder / "posting"
    data.mkdir(mode=0o711)
    with EmbeddedPostgres(data) as server:
        company = await Company.open(server)
        began = time.perf_counter()
        drafts = await company.drafts(given.invoices)
        drafted = time.perf_counter() - began
        key = company.call.key
        await company.close()
    port = free_port()
    serve = [str(Path(sys.executable).with_name("eyeot")), "serve", "--port", str(port)]
    with process([*serve, "--workers", "2"], port, EYEOT_DATA_DIR=str(data)):
        await asyncio.sleep(3)
        left = iter(drafts)

        async def client() -> None:
            for id in left:
                await asyncio.to_thread(posted, port, key, id)

        began = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        took = time.perf_counter() - began
    told(f"{given.invoices:,} drafts of {LINES} lines, one process", f"{drafted:.1f} s", "none")
    told(f"{given.invoices:,} invoices posted, 8 clients", f"{took:.1f} s", "< 60 s")


async def papers(company: Company, given: argparse.Namespace) -> None:
    """PDFs of posted invoices, as they follow by the relay and one worker."""
    engine = company.engine
    relay, worker = Relay(engine), Worker(engine, occurrence)
    warm, *drafts = await company.drafts(61)
    await company.call("invoicing.invoice.generate_pdf", id=warm)
    for id in drafts:
        await company.call("invoicing.invoice.post", id=id)
    began = time.perf_counter()
    while await relay.deliver() + await worker.drain():
        pass
    rate = len(drafts) / (time.perf_counter() - began)
    filed = await company.admin.fetchval(_FILED)
    told(f"papers that followed {len(drafts)} posted invoices", f"{filed}", "all")
    told("papers (Factur-X) that follow, one worker", f"{rate:.1f} a second", ">= 6")


_FILED = "SELECT count(*) FROM invoicing_piece_file WHERE form = 'facturx'"


async def fec(company: Company, given: argparse.Namespace) -> None:
    """The FEC of a year of so many entries."""
    (draft,) = await company.drafts(1)
    invoice = await company.call("invoicing.invoice.post", id=draft)
    found = decode(invoice["entry_id"])
    assert found
    admin, org = company.admin, company.house.org_id
    await admin.execute("SET session_replication_role = replica")
    for text in (ENTRIES, ENTRY_LINES):
        await admin.execute(text, org, found[1], given.rows, _YEAR)
    await admin.execute("SET session_replication_role = origin")
    await admin.execute("ANALYZE")
    before, began = memory(), time.perf_counter()
    made = await company.call("invoicing.fec_export.generate", year=_YEAR)
    took = time.perf_counter() - began
    told(
        f"FEC of {given.rows:,} entries, {made.get('lines', '?')} lines", f"{took:.1f} s", "< 10 s"
    )
    told(
        "the most that the process held, before and after",
        f"{before:.0f}, {memory():.0f} MB",
        "< 300 MB",
    )


def memory() -> float:
    """The most this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def aged(company: Company, given: argparse.Namespace) -> None:
    """Aged receivables over so many open invoices."""
    (draft,) = await company.drafts(1)
    await company.call("invoicing.invoice.post", id=draft)
    await company.copied(draft, given.rows)
    taken = []
    for _ in range(12):
        began = time.perf_counter()
        await company.call("invoicing.report.aged_receivables")
        taken.append((time.perf_counter() - began) * 1000)
    told(f"aged receivables over {given.rows:,} invoices", f"{median(taken):.0f} ms", "< 300 ms")


def mistyped(text: str) -> str:
    """A text with one letter left out, doubled or in the wrong place."""
    at = random.randrange(1, len(text) - 1)
    return random.choice(
        (
            text[:at] + text[at + 1 :],
            text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
        )
    )


async def search(company: Company, given: argparse.Namespace) -> None:
    """Searches with a typo over so many parties."""
    org: UUID = company.house.org_id
    await company.admin.execute(WORDS, org, given.rows, TRADES, NAMES)
    await company.admin.execute("VACUUM ANALYZE core_search_entry")
    await company.admin.execute("VACUUM ANALYZE core_search_word")
    random.seed(7)
    asked = [mistyped(random.choice(NAMES)) for _ in range(60)]
    asked += [mistyped(f"{random.choice(TRADES)} {random.choice(NAMES)}") for _ in range(140)]
    taken, missed = [], 0
    for one in asked:
        began = time.perf_counter()
        found = await company.call("crm.party.search", query=one)
        taken.append((time.perf_counter() - began) * 1000)
        missed += not found["items"]
    taken.sort()
    p95 = taken[int(len(taken) * 0.95)]
    told(
        f"search with a typo over {given.rows:,} parties, p50 and p95",
        f"{median(taken):.0f}, {p95:.0f} ms",
        "p95 < 50 ms",
    )
    told("searches with a typo that found nothing", f"{missed} of {len(asked)}", "few")


PARTS = {"papers": papers, "fec": fec, "aged": aged, "search": search}


async def measured(folder: Path, given: argparse.Namespace) -> None:
    """The parts that were asked for."""
    wanted = given.parts or ["posting", *PARTS]
    if "posting" in wanted:
        await posting(folder, given)
    for name in [one for one in PARTS if one in wanted]:
        data = folder / name
        data.mkdir(mode=0o711)
        with EmbeddedPostgres(data) as server:
            company = await Company.open(server)
            try:
                await PARTS[name](company, given)
            finally:
                await company.close()


def main() -> None:
    """Run on throw-away databases."""
    parser = argparse.ArgumentParser(description="trade at the size of a busy company")
    parser.add_argument("parts", nargs="*", choices=["posting", *PARTS, []])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--invoices", type=int, default=1_000)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="eyeot-bench-"))
    folder.chmod(0o711)
    try:
        asyncio.run(measured(folder, given))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
