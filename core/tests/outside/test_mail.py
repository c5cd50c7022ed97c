"""Mail: what people are told by e-mail leaves after the commit, at least once, and as a letter of its own."""

from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from core.tests.outside.conftest import Clock
from core.tests.outside.mailbox import PASSWORD, USER, Mailbox, certificate, served
from core.tests.raw import connected
from eyeot.declare.problem import ProviderNotConfigured
from eyeot.deploy.outside import mail_server
from eyeot.deploy.settings import Settings, WrongSettings
from eyeot.runtime.engine import Engine
from eyeot.runtime.mailing.letter import Letter
from eyeot.runtime.mailing.postman import Postman
from eyeot.runtime.repeating import ATTEMPTS
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

SEND = "core.notification.send"
PREFER = "core.notification.set_preferences"
KIND = "core.notification.sent"


def _settings(url: str, sender: str = "Eyeot <erp@demo.example>") -> Settings:
    return Settings(data_dir=Path("/nowhere"), smtp_url=url, mail_from=sender)


@pytest.fixture
async def mailbox(
    engine: Engine, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Mailbox]:
    """A mail server, named in the settings of this deployment."""
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    box, before = served(pem), engine.outside
    server = await box.open()
    url = f"smtp://{USER}:p%40ss%2Fword@localhost:{box.port}?tls=starttls"
    engine.outside = replace(before, mail=mail_server(_settings(url)))
    yield box
    engine.outside = before
    server.close()


@pytest.fixture
async def anne(house: House) -> Desk:
    """Anne's own agent."""
    await house.person("anne", "sales")
    return await house.desk(role="sales", owner="anne")


async def _sent(engine: Engine) -> int:
    postman, count = Postman(engine), 0
    while taken := await postman.work():
        count += taken
    return count


async def _rows(database: TestDatabase, house: House) -> list[Any]:
    async with connected(database.admin) as admin:
        text = "SELECT * FROM core_mail WHERE org_id = $1 ORDER BY id"
        rows: list[Any] = await admin.fetch(text, house.org_id)
        return rows


def _text(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert isinstance(part, EmailMessage)
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


async def test_a_letter_leaves_after_the_commit_encrypted_and_signed_in(
    house: House, call: Desk, anne: Desk, mailbox: Mailbox, database: TestDatabase
) -> None:
    await anne(PREFER, kinds={KIND: ["in_app", "email"]})
    told = {
        "to": [house.people["anne"]],
        "title": "Réunion à 14 h",
        "body": "Salle <bleue>\nÀ bientôt",
    }
    effects = await call.preview(SEND, **told)
    assert await _sent(house.engine) == 0
    await call(SEND, **told)
    assert await _sent(house.engine) == 1

    assert effects["notifications"][0]["channels"] == ["email", "in_app"]
    (letter,) = mailbox.got
    assert mailbox.encrypted == [True]
    assert letter["subject"] == "Réunion à 14 h"
    assert letter["to"].addresses[0].addr_spec.startswith("anne@")
    assert letter["from"] == "Eyeot <erp@demo.example>"
    assert letter["auto-submitted"] == "auto-generated"
    assert "Salle <bleue>\nÀ bientôt" in _text(letter)
    assert "Salle &lt;bleue&gt;<br>À bientôt" in _text(letter, "html")
    assert "vous envoie cet e-mail" in _text(letter)
    # People are told nothing in the names that programs use.
    assert "core." not in _text(letter) + _text(letter, "html")
    assert len((await anne("core.notification.list"))["items"]) == 1
    (row,) = await _rows(database, house)
    assert (row["title"], row["body"]) == ("", None)
    assert row["sent_at"]


async def test_channels_are_the_senders_wish_within_the_readers(
    house: House, call: Desk, anne: Desk, mailbox: Mailbox
) -> None:
    to = [house.people["anne"]]
    await call(SEND, to=to, title="Par courrier", channels=["email"])
    await call(SEND, to=to, title="Ici")
    await anne(PREFER, kinds={"*": ["in_app"]})
    effects = await call.preview(SEND, to=to, title="Ni", channels=["email"])
    await _sent(house.engine)

    assert [one["subject"] for one in mailbox.got] == ["Par courrier"]
    assert [one["title"] for one in (await anne("core.notification.list"))["items"]] == ["Ici"]
    assert effects["notifications"] == []


async def test_without_a_server_mail_is_refused_and_what_was_wanted_by_mail_is_told_here(
    house: House, call: Desk, anne: Desk, mailbox: Mailbox
) -> None:
    await anne(PREFER, kinds={"*": ["email"]})
    house.engine.outside = replace(house.engine.outside, mail=None)
    to = [house.people["anne"]]
    for action, given in (
        (SEND, {"to": to, "title": "x", "channels": ["email"]}),
        (PREFER, {"kinds": {"*": ["email"]}}),
    ):
        refused = await call.refused(action, **given)
        assert refused["code"] == "provider_not_configured"
        assert "in_app" in refused["hint"]
    await call(SEND, to=to, title="Ici")

    assert [one["title"] for one in (await anne("core.notification.list"))["items"]] == ["Ici"]
    assert ProviderNotConfigured.status == 409


async def test_quiet_hours_hold_letters_back(
    house: House, call: Desk, anne: Desk, mailbox: Mailbox, clock: Clock
) -> None:
    hours = {"quiet_from": "00:00", "quiet_to": "23:59"}
    await anne(PREFER, kinds={"*": ["email"]}, **hours)
    await call(SEND, to=[house.people["anne"]], title="Plus tard")
    assert await _sent(house.engine) == 0
    clock.passes(hours=24)
    assert await _sent(house.engine) == 1


async def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    house: House, anne: Desk, mailbox: Mailbox, clock: Clock, database: TestDatabase
) -> None:
    to = [house.people["anne"]]
    mailbox.refuses = lambda _: "451 greylisted, come back later"
    await house.operator.call(SEND, to=to, title="Une", channels=["email"])
    assert await _sent(house.engine) == 1
    assert await _sent(house.engine) == 0
    mailbox.refuses = lambda _: ""
    clock.passes(minutes=1)
    assert await _sent(house.engine) == 1
    mailbox.refuses = lambda _: "550 no such user"
    await house.operator.call(SEND, to=to, title="Deux", channels=["email"])
    await _sent(house.engine)
    clock.passes(days=3)
    assert await _sent(house.engine) == 0

    assert [one["subject"] for one in mailbox.got] == ["Une"]
    one, two = await _rows(database, house)
    assert (one["attempts"], bool(one["sent_at"])) == (2, True)
    assert two["failed_at"]
    assert "no such user" in two["error"]


async def test_a_connection_cut_before_the_letter_was_whole_brings_it_once(
    house: House, call: Desk, anne: Desk, mailbox: Mailbox, clock: Clock
) -> None:
    mailbox.cut = "before"
    await call(SEND, to=[house.people["anne"]], title="Une", channels=["email"])
    await _sent(house.engine)
    assert mailbox.got == []
    clock.passes(minutes=1)
    await _sent(house.engine)
    assert [one["subject"] for one in mailbox.got] == ["Une"]


async def test_a_connection_cut_after_the_letter_was_taken_brings_it_twice_under_one_id(
    house: House, call: Desk, anne: Desk, mailbox: Mailbox, clock: Clock
) -> None:
    """What is promised is at least once: nobody can know whether the server had taken it."""
    mailbox.cut = "after"
    await call(SEND, to=[house.people["anne"]], title="Une", channels=["email"])
    await _sent(house.engine)
    clock.passes(minutes=1)
    await _sent(house.engine)

    assert len(mailbox.got) == 2
    assert len({one["message-id"] for one in mailbox.got}) == 1
    assert len({one["date"] for one in mailbox.got}) == 1


async def test_a_server_that_is_away_for_good_ends_in_a_dead_letter(
    house: House, anne: Desk, mailbox: Mailbox, clock: Clock, database: TestDatabase
) -> None:
    outside = house.engine.outside
    assert outside.mail
    wrong = replace(outside.mail, password="wrong")
    house.engine.outside = replace(outside, mail=wrong)
    await house.operator.call(SEND, to=[house.people["anne"]], title="Une", channels=["email"])
    async with connected(database.admin) as admin:
        text = "UPDATE core_mail SET attempts = $2 WHERE org_id = $1"
        await admin.execute(text, house.org_id, ATTEMPTS - 1)
    await _sent(house.engine)
    clock.passes(hours=30)
    assert await _sent(house.engine) == 0

    (row,) = await _rows(database, house)
    assert (row["attempts"], row["sent_at"]) == (ATTEMPTS, None)
    assert row["failed_at"]
    assert PASSWORD not in row["error"]
    assert mailbox.got == []


async def test_nobody_who_left_gets_a_letter(
    house: House, call: Desk, anne: Desk, mailbox: Mailbox
) -> None:
    await call(SEND, to=[house.people["anne"]], title="Une", channels=["email"])
    await call("core.user.suspend", id=house.people["anne"], reason="Départ")
    await _sent(house.engine)
    assert mailbox.got == []


@pytest.mark.parametrize(
    "title",
    ["Une\r\nBcc: all@demo.example", "Une\nX: y", "Une\u2028Bcc: z", "=?utf-8?q?a=0d=0aBcc:_b?="],
)
def test_what_people_write_makes_no_header(clock: Clock, title: str) -> None:
    made = Letter(
        id=uuid4(),
        sender="Eyeot <erp@demo.example>",
        name='Anne"\r\nBcc: x@demo.example',
        address="anne@demo.example",
        locale="en",
        org="Démo\r\nBcc: y@demo.example",
        title=title,
        body=".\r\nMAIL FROM:<x@demo.example>",
        record=None,
        at=clock.now(),
    ).message()
    head = made.as_bytes().partition(b"\r\n\r\n")[0]

    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1].strip()]
    assert b"bcc" not in names
    assert b"x" not in names
    assert len(made["to"].addresses) == 1


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("smtp://user:secret@mail.example?tls=none", "erp@demo.example"),
        ("http://mail.example", "erp@demo.example"),
        ("smtp://user:secret@mail.example:x", "erp@demo.example"),
        ("smtp://mail.example?tls=maybe", "erp@demo.example"),
        ("smtp://mail.example", ""),
        ("smtp://mail.example", "not an address"),
        ("smtp://mail.example", "A <a@demo.example>\r\nBcc: b@demo.example"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_without_telling_its_secret(
    url: str, sender: str
) -> None:
    with pytest.raises(WrongSettings) as refused:
        mail_server(_settings(url, sender))
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(_settings(url, sender))
