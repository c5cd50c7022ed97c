"""What the tests of invoicing share."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from core.tests.outside.mailbox import PASSWORD, USER, Mailbox, certificate, served
from eyeot.runtime.engine import Engine
from eyeot.runtime.mailing.postman import Postman
from eyeot.runtime.outside import MailServer
from eyeot.testing.desk import Desk
from eyeot.testing.house import House
from plugins.invoicing.tests.banking import Bank
from plugins.invoicing.tests.routed import Route, routed
from plugins.invoicing.tests.shop import Shop


@pytest_asyncio.fixture(loop_scope="session")
async def shop(call: Desk, house: House) -> Shop:
    """A company that may sell, in an organisation of its own."""
    return await Shop.open(call, house)


@pytest_asyncio.fixture(loop_scope="session")
async def bank(shop: Shop) -> Bank:
    """The shop's main account."""
    return await Bank.open(shop)


@pytest_asyncio.fixture(loop_scope="session")
async def mailbox(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Mailbox]:
    """A mail server of the test's own that the deployment sends through."""
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    box, before = served(pem), engine.outside
    server = await box.open()
    told = MailServer(
        host="localhost",
        port=box.port,
        tls="starttls",
        sender="Eyeot <erp@demo.example>",
        user=USER,
        password=PASSWORD,
    )
    engine.outside = replace(before, mail=told)
    while await Postman(engine).work():
        pass
    box.got.clear()
    yield box
    engine.outside = before
    server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def route(shop: Shop) -> AsyncIterator[Route]:
    """A shop that is connected to a platform of the test's own."""
    async with routed(shop) as connected:
        yield connected
