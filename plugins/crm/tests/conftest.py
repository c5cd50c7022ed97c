"""Fixtures: a furnished house, and a mail server of the test's own that the deployment sends through."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.tests.firm import furnish
from core.tests.outside.mailbox import PASSWORD, USER, Mailbox, certificate, served
from eyeot.runtime.engine import Engine
from eyeot.runtime.mailing.postman import Postman
from eyeot.runtime.outside import MailServer
from eyeot.testing import Desk, House


@pytest.fixture
async def ids(house: House, call: Desk) -> dict[str, str]:
    """A furnished house: customers, contacts, deals and a campaign that went to one contact."""
    return await furnish(house, call)


@pytest.fixture
async def mailbox(
    engine: Engine, ids: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Mailbox]:
    """A mail server, named in the settings of this deployment; nothing waits for it yet."""
    assert ids
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
    # What the house was furnished with leaves first.
    while await Postman(engine).work():
        pass
    box.got.clear()
    yield box
    engine.outside = before
    server.close()
