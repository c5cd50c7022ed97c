"""What the tests of sales share."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from core.tests.outside.mailbox import PASSWORD, USER, Mailbox, certificate, served
from eyeot.runtime.engine import Engine
from eyeot.runtime.mailing.postman import Postman
from eyeot.runtime.outside import MailServer
from eyeot.testing import Desk, House
from plugins.sales.tests.trading import Shop


@pytest_asyncio.fixture(loop_scope="session")
async def shop(house: House, call: Desk) -> Shop:
    """A small company that sells."""
    return await Shop.open(house, call)


@pytest_asyncio.fixture(loop_scope="session")
async def mailbox(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Mailbox]:
    """A mail server of the test's own, named in the settings of this deployment."""
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
