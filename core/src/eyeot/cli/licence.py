"""Licence: keys to sign with, licences for organisations, and what is installed."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from eyeot.cli.common import as_json, organisation, show, with_engine
from eyeot.declare.ids import decode, uuid7
from eyeot.declare.licence import EVERY, SOLD, Pack
from eyeot.deploy.operator import Operator
from eyeot.deploy.settings import WrongSettings
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.runtime.licensing import new_key, signed

_FOR_OTHERS = 0o077
_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(path_type=Path, dir_okay=False)
_KNOWN = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def licence() -> None:
    """Licences: what the vendor issues, and what an organisation has."""


@licence.command("keygen")
@click.option("--id", "name", required=True, help="The key's id, such as eyeot-2027.")
@click.option("--out", type=_FILE, required=True, help="Where the private key goes.")
@as_json
def keygen(name: str, out: Path, *, as_json: bool) -> None:
    """Make a key to sign licences with; the public half, which a product may ship, is printed."""
    key = new_key(name)
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(key.as_dict(private=True), file)
    show(key.as_dict(private=False), as_json=as_json)


@licence.command("issue")
@click.option("--key", type=_KNOWN, required=True, help="The vendor's private key.")
@click.option("--org", required=True, help="The organisation's id, org_…, as whoami shows it.")
@click.option("--holder", required=True, help="Its registered name.")
@click.option("--plan", type=click.Choice(["team", "trial"]), default="team", show_default=True)
@click.option("--seats", type=click.IntRange(1), required=True, help="How many people.")
@click.option("--modules", default=EVERY, show_default=True, help="e.g. 'crm sales'; * for all.")
@click.option("--from", "start", type=_DAY, help="First day; today when left out.")
@click.option("--until", type=_DAY, required=True, help="Last day.")
@click.option("--grace-days", type=click.IntRange(0, 366), default=14, show_default=True)
@click.option("--out", type=_FILE, help="Where the licence goes; printed when left out.")
@as_json
def issue(key: Path, *, as_json: bool, out: Path | None, **given: Any) -> None:
    """Sign a licence for one organisation; needs the vendor's private key, and no database."""
    signer, pack = _signer(key), _pack(given)
    text = signed(pack, signer)
    if out:
        out.write_text(text + "\n")
    told = {
        "id": pack.id,
        "org": pack.org,
        "seats": pack.seats,
        "modules": list(pack.modules),
        "valid_until": pack.valid_until.isoformat(),
        "licence": text,
    }
    show(told, plain=lambda one: f"Written to {out}." if out else one["licence"], as_json=as_json)


def _signer(path: Path) -> OKPKey:
    if path.stat().st_mode & _FOR_OTHERS:
        raise WrongSettings(f"{path} can be read by others; run 'chmod 600 {path}'.")
    try:
        key = OKPKey.import_key(json.loads(path.read_text()))
    except (JoseError, ValueError, KeyError) as wrong:
        raise WrongSettings(f"{path} holds no key; 'eyeot licence keygen' makes one.") from wrong
    if not key.is_private or not key.kid:
        raise WrongSettings(f"{path} holds no private key with an id.")
    return key


def _pack(given: dict[str, Any]) -> Pack:
    found = decode(given["org"])
    if found is None or found[0] != "org":
        raise click.BadParameter("give the id, such as org_01h4…", param_hint="--org")
    modules = tuple(given["modules"].replace(",", " ").split())
    if wrong := sorted(set(modules) - SOLD - {EVERY}):
        known = ", ".join(sorted(SOLD))
        raise click.BadParameter(f"{', '.join(wrong)}; there are: {known}", param_hint="--modules")
    now = wall_clock().replace(microsecond=0)
    start, until = given["start"], given["until"].replace(tzinfo=UTC) + timedelta(days=1)
    begins = (
        start.replace(tzinfo=UTC) if start else datetime(now.year, now.month, now.day, tzinfo=UTC)
    )
    if until <= begins:
        raise click.BadParameter("is before the first day", param_hint="--until")
    return Pack(
        id=str(uuid7(now)),
        org=given["org"],
        holder=given["holder"],
        plan=given["plan"],
        seats=given["seats"],
        modules=modules,
        issued_at=now,
        valid_from=begins,
        valid_until=until,
        grace_days=given["grace_days"],
    )


@licence.command("install")
@organisation
@click.argument("file", type=_KNOWN)
@as_json
def install(slug: str, file: Path, *, as_json: bool) -> None:
    """Install a licence file for an organisation; running servers follow at once."""
    text = file.read_text()

    async def work(engine: Engine) -> dict[str, Any]:
        operator = await Operator.of(engine, slug)
        await operator.call("core.licence.activate", key=text)
        return await _standing(engine, slug)

    show(with_engine(work), plain=_plain, as_json=as_json)


@licence.command("show")
@organisation
@as_json
def shown(slug: str, *, as_json: bool) -> None:
    """Show an organisation's plan, seats and modules."""
    show(with_engine(lambda engine: _standing(engine, slug)), plain=_plain, as_json=as_json)


async def _standing(engine: Engine, slug: str) -> dict[str, Any]:
    operator = await Operator.of(engine, slug)
    return (await operator.call("core.licence.check")).result


def _plain(told: dict[str, Any]) -> str:
    seats, until = told["seats"], told.get("valid_until")
    return (
        f"{told['plan']}, {told['state']}; {seats['used']} of {seats['of']} seats;"
        f" modules: {', '.join(told['modules'])}{f'; until {until[:10]}' if until else ''}"
    )


commands = (licence,)
