"""Demo: a company to try everything on, made by running actions under a simulated clock."""

import base64
import json
import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from eyeot.declare import ids
from eyeot.declare.ids import decode, uuid7
from eyeot.deploy.demo_house import furnish, greet
from eyeot.deploy.demo_licence import license_company, license_demo
from eyeot.deploy.demo_turns import Turns
from eyeot.deploy.demo_year import put_in
from eyeot.deploy.operator import Operator, open_organisation, register
from eyeot.deploy.settings import new_password
from eyeot.platform.identity import accounts, factors, noting
from eyeot.platform.identity.sessions import Browser
from eyeot.platform.jobs import occurrence
from eyeot.runtime import queue
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.runtime.request import Caller, Request
from eyeot.runtime.worker import Worker
from eyeot.storage.pool import taken

SLUG, EXPIRED = "demo", "demo-expired"
FILE = "demo.json"
DAYS = 365
_FOUNDER = ("dominique.arnoux@demo.example", "Dominique Arnoux")
Say = Callable[[str], None]


@dataclass
class Demo:
    """What a plugin's loader works with: people and ids by key, and actions at a moment of the past.

    The first of the people is always there, whatever else is installed.
    """

    engine: Engine
    operator: Operator
    now: datetime
    ids: dict[str, str] = field(default_factory=dict)
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    calls: int = 0
    turns: Turns = field(default_factory=Turns)

    def knows(self, action: str) -> bool:
        """Whether an action is there: modules may be left out."""
        return action in self.engine.catalogue.actions

    async def until(self, at: datetime) -> None:
        """Wait until the other stories that are told have come to a moment."""
        await self.turns.until(at)

    async def together(self, *stories: Awaitable[None]) -> None:
        """Tell several stories at once, what happens in them in the order of its time."""
        await self.turns.together(*stories)

    async def person(
        self, key: str, *, email: str, name: str, roles: list[str], at: datetime
    ) -> None:
        """Register a member of staff."""
        await self.until(at)
        self.engine.clock = lambda: at
        self.ids[key] = (await register(self.operator, email, name, roles, None)).id
        self.people[key] = (self.ids[key], name)

    async def call(
        self, action: str, /, *, by: str, at: datetime, **arguments: Any
    ) -> dict[str, Any]:
        """Run one action as a member of staff, at a moment of the past."""
        await self.until(at)
        self.engine.clock = lambda: at
        given = {name: value for name, value in arguments.items() if value is not None}
        request = Request(action=action, arguments=given, caller=self._caller(by), surface="cli")
        self.calls += 1
        return (await self.engine.execute(request)).result

    def _caller(self, by: str) -> Caller:
        user_id, name = self.people[by]
        found = decode(user_id)
        assert found
        return Caller(
            org_id=self.operator.org_id,
            org_slug=self.operator.slug,
            org_name=self.operator.name,
            actor_type="user",
            actor=name,
            access=self.engine.catalogue.everything,
            user_id=found[1],
            via="cli",
        )


async def ensure(
    engine: Engine, data_dir: Path, endpoint: str, say: Say, admin_url: str = ""
) -> dict[str, Any]:
    """The demo company's access, the company made first where it is not there in full.

    `admin_url`: by which its year is put in at once, where the file of it fits; else its actions are run.
    """
    path = data_dir / FILE
    told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if not told and not await _complete(engine):
        say("Loading the demo company…")
        if not (admin_url and await put_in(admin_url, engine.installed.plugins)):
            calls = await run_year(engine, data_dir, wall_clock())
            say(f"{calls} actions of a year's trade were run.")
        await _finish(engine, data_dir)
    await license_demo(engine, data_dir, SLUG, EXPIRED)
    told = told or await _access(engine)
    if told.get("endpoint") != endpoint:
        told = {**told, "endpoint": endpoint}
        _write(path, told)
    return told


async def _complete(engine: Engine) -> bool:
    """Whether both companies are there in full; a load that broke off is set aside under another slug."""
    async with taken(engine.database.relay) as connection:
        found = await connection.fetch(_FOUND, [SLUG, EXPIRED])
    if len(found) == len((SLUG, EXPIRED)):
        return True
    for row in found:
        async with taken(engine.database.relay) as connection:
            await connection.execute(_ASIDE, row["id"], f"unfinished-{row['id'].hex[-12:]}")
    return False


# The second company is opened last: with it, the first is whole.
_FOUND = "SELECT id, slug FROM eyeot_organisation WHERE slug = ANY($1)"
_ASIDE = "UPDATE eyeot_organisation SET slug = $2 WHERE id = $1"


async def run_year(engine: Engine, data_dir: Path, now: datetime) -> int:
    """Open the demo company and run its year until a moment; how many actions that took."""
    start = now - timedelta(days=DAYS + 45)
    engine.clock = lambda: start
    operator = await open_organisation(engine, SLUG, legal_name="Démo SAS")
    await license_company(engine, data_dir, SLUG)
    demo = Demo(engine, operator, now)
    # Whichever modules are there, somebody works here in whose name they can load what they need.
    email, name = _FOUNDER
    await demo.person("founder", email=email, name=name, roles=["owner"], at=start)
    loaders = [one.demo for one in engine.catalogue.plugins if one.demo]
    await demo.together(*(load(demo) for load in loaders))
    engine.clock = wall_clock
    return demo.calls


async def _finish(engine: Engine, data_dir: Path) -> None:
    """What is of today and of this deployment: who comes and goes, agents, jobs, and the other company."""
    await license_company(engine, data_dir, SLUG)
    operator = await Operator.of(engine, SLUG)
    for one in engine.catalogue.plugins:
        if one.demo_start:
            await one.demo_start(await _today(operator))
    engine.clock = wall_clock
    await _left(operator)
    await furnish(operator)
    await _work(engine, operator)
    await open_organisation(engine, EXPIRED, legal_name="Démo Expirée SARL")


async def _today(operator: Operator) -> Demo:
    """The company as it is today, with the one who is always there."""
    listed = await operator.call("core.user.list", email=_FOUNDER[0], limit=1)
    people = {"founder": (listed.result["items"][0]["id"], _FOUNDER[1])}
    return Demo(operator.engine, operator, wall_clock(), people=people)


async def _left(operator: Operator) -> None:
    """What is not in use any more: an account that waits for a decision, a module that was tried."""
    email = "noemie.garnier@demo.example"
    left = await register(operator, email, "Noémie Garnier", ["viewer"], None)
    await operator.call("core.user.suspend", id=left.id, reason="Fin de contrat")
    await _coming(operator)
    tried = {"name": "telephony", "release": "0.1.0", "depends_on": ["crm"]}
    await operator.call("core.module.install", modules=[tried])
    await operator.call("core.module.disable", id="telephony")


async def _coming(operator: Operator) -> None:
    """Who comes and goes by the door: a colleague who is invited, and one who uses a second factor."""
    engine = operator.engine
    roles = (await operator.call("core.role.list", name="viewer")).result["items"]
    given: dict[str, Any] = {"email": "ines.caradec@demo.example", "display_name": "Inès Caradec"}
    await operator.call("core.user.invite", role_ids=[roles[0]["id"]], **given)
    email = "paul.lemaire@demo.example"
    await register(operator, email, "Paul Lemaire", ["viewer"], None)
    account = await accounts.known(engine, email)
    assert account
    await factors.propose(engine, account["id"])
    proposed = await factors.proposed(engine, account["id"])
    assert proposed
    await factors.enable(engine, account["id"], factors.code(proposed[0], engine.clock()))
    await noting.factor(engine, account["id"], Browser(None, None), on=True)


async def _work(engine: Engine, operator: Operator) -> None:
    """A weekly plan, a job it did, one that waits for next week and one that failed."""
    plan = await operator.call(
        "core.job.schedule", action="core.user.list", params={}, cron="0 8 * * MON"
    )
    found = ids.decode(plan.result["id"])
    assert found
    asked = None, operator.caller().actor, found[1]
    await _imports(operator)
    await _files(operator)
    asker, now = queue.asker(operator.caller()), engine.clock()
    gone = {"id": ids.encode("usr", uuid7(now))}
    async with taken(engine.database.relay) as connection:
        for kind, given in (("core.user.list", {}), ("core.user.get", gone)):
            row = (operator.org_id, uuid7(now), f"{queue.CALL} {kind}", *asked, given, asker, now)
            await connection.execute(queue.PUT, *row)
        await Worker(engine, occurrence).drain()
        later: tuple[Any, ...] = (
            operator.org_id,
            uuid7(now),
            f"{queue.CALL} core.user.list",
            *asked,
            {},
            asker,
        )
        await connection.execute(queue.PUT, *later, now + timedelta(days=7))


async def _imports(operator: Operator) -> None:
    """A list of suppliers taken in, of which a row was refused, and one that waits."""
    if "crm.party.import" not in operator.engine.catalogue.actions:
        return
    for text in (_SUPPLIERS, _MORE_SUPPLIERS):
        begun = await operator.call("crm.party.import", text=text, filename="fournisseurs.csv")
        if text is _SUPPLIERS:
            id = begun.result["import_job_id"]
            await operator.call("core.import_job.run", job_id=id, mode="best_effort")


async def _files(operator: Operator) -> None:
    """Files of a customer's: two to be read and joined, and one that is out for signature."""
    if "crm.customer.attach_document" not in operator.engine.catalogue.actions:
        return
    found = await operator.call("crm.customer.list", limit=1)
    for name in ("bail-atelier.pdf", "conditions-generales.pdf", "annexe-tarifs.pdf"):
        made = await operator.call(
            "crm.customer.attach_document",
            id=found.result["items"][0]["id"],
            filename=name,
            content=_letter(name.removesuffix(".pdf").replace("-", " ").capitalize()),
            kind="contract",
        )
        if name.startswith("bail"):
            await _for_signature(operator, made.result["id"])


async def _for_signature(operator: Operator, document_id: str) -> None:
    """A lease that is out for signature: it waits for the provider that the operator may switch on."""
    engine = operator.engine
    before = engine.outside
    engine.outside = replace(before, providers={"yousign": ""}, keys={"yousign": "demo"})
    try:
        await operator.call(
            "core.document.request_signature",
            document_id=document_id,
            signers=[{"name": "Odile Garnier", "email": "odile.garnier@example.com"}],
        )
    finally:
        engine.outside = before


def _letter(words: str) -> str:
    """A page of PDF with these words, in base64."""
    page = f"BT /F1 14 Tf 72 760 Td ({words}) Tj ET".encode("latin-1")
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources"
            b" << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    made, places = b"%PDF-1.4\n", list[int]()
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"xref\n0 6\n0000000000 65535 f \n%btrailer\n<< /Size 6 /Root 1 0 R >>\n" % table
    return base64.b64encode(made + b"startxref\n%d\n%%%%EOF\n" % made.rindex(b"xref")).decode()


_SUPPLIERS = (
    "Raison sociale;SIREN;Courriel;Code postal;Ville;Adresse\n"
    "Moulins de la Saône;;ventes@moulins-saone.example;71000;Mâcon;4 quai des Marans\n"
    "Emballages Rivoire;;contact@emballages-rivoire.example;38000;Grenoble;18 rue Thiers\n"
    "Froid Services;123;;42000;Saint-Étienne;7 rue de la Montat\n"
)
_MORE_SUPPLIERS = "Raison sociale;Ville;Adresse\nTransports Alpins;Annecy;2 avenue du Rhône\n"


async def _access(engine: Engine) -> dict[str, Any]:
    """A fresh administrator and key for an agent in each company."""
    operator, other = await Operator.of(engine, SLUG), await Operator.of(engine, EXPIRED)
    # Who may look around in the company whose pack has ended came before it did.
    other.licence = None
    email, password = f"admin-{secrets.token_hex(3)}@demo.example", new_password()
    return {
        "org": SLUG,
        "key": await _key(operator, email, password),
        "admin": {"email": email, "password": password},
        "expired": {"org": EXPIRED, "key": await _key(other, email, password)},
    }


async def _key(operator: Operator, email: str, password: str) -> str:
    admin = await register(operator, email, "Administration Démo", ["owner"], password)
    await greet(operator, admin.id)
    actions = operator.engine.catalogue.actions.values()
    scopes = sorted({one.needs for one in actions if one.surface != "operator"})
    made = await operator.call(
        "core.api_key.create", name="Demo agent", made_for="agent", scopes=scopes, owner_id=admin.id
    )
    key: str = made.result["key"]
    return key


def _write(path: Path, told: dict[str, Any]) -> None:
    """Write the file for its owner's eyes only, whole or not at all."""
    draft = path.with_suffix(".part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(told, file, indent=2, ensure_ascii=False)
    draft.replace(path)
