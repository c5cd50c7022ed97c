"""Inspect: what is installed, whether it is well, and how clients connect."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import click

from eyeot import app
from eyeot.cli import clients
from eyeot.cli.common import as_json, show, table
from eyeot.declare.action import Action
from eyeot.deploy import demo, doctor
from eyeot.deploy import invariants as invariants_of
from eyeot.deploy.outside import outside_of
from eyeot.deploy.settings import load
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.discovery import MCP


def described(one: Action) -> dict[str, Any]:
    """An action as `eyeot actions --json` prints it."""
    return {
        "name": one.name,
        "module": one.module,
        "resource": one.resource,
        "verb": one.verb,
        "kind": one.kind,
        "risk": one.risk,
        "surface": one.surface,
        "permission": one.needs,
        "summary": one.summary,
        "labels": one.labels,
        "synonyms": one.synonyms,
        "input_schema": one.input_schema,
        "output_schema": one.output_schema,
        "events": list(one.events),
        "examples": list(one.examples),
    }


@click.command()
@click.option("--module", help="Only this module's.")
@as_json
def actions(*, module: str | None, as_json: bool) -> None:
    """List every installed action."""
    catalogue = app.assemble(load().modules)
    found = [one for one in catalogue.actions.values() if not module or one.module == module]
    if as_json:
        show([described(one) for one in found])
        return
    rows = [
        {"action": one.name, "risk": one.risk, "needs": one.needs, "does": one.summary[:70]}
        for one in found
    ]
    click.echo(table(rows, ["action", "risk", "needs", "does"]))
    click.echo(f"\n{len(found)} actions")


@click.command()
@as_json
def plugins(*, as_json: bool) -> None:
    """List the installed modules, their counts, reactions, wraps and providers."""
    settings = load()
    catalogue = app.assemble(settings.modules)
    every = list(catalogue.actions.values())
    rows = [
        {
            "name": one.name,
            "version": one.version,
            "requires": list(one.requires),
            "resources": len(one.resources()),
            "actions": sum(a.module == one.name for a in every),
            "doc": one.doc,
        }
        for one in catalogue.plugins
    ]
    told: dict[str, list[dict[str, Any]]] = {
        "plugins": rows,
        "failures": [{"name": one.name, "reason": one.reason} for one in catalogue.failures],
        "reactions": [
            {"event": event, "when": one.when, "reaction": one.name}
            for event, found in catalogue.reactions.items()
            for one in found
        ],
        "providers": _providers(catalogue, outside_of(settings).providers),
        "wraps": [{"action": name, "plugin": plugin} for name, plugin in catalogue.wraps],
    }
    if as_json:
        show(told)
        return
    click.echo(table(rows, ["name", "version", "resources", "actions", "doc"]))
    _print_rest(told)


def _print_rest(told: dict[str, list[dict[str, Any]]]) -> None:
    for reaction in told["reactions"]:
        click.echo(f"{reaction['when']} {reaction['event']}: {reaction['reaction']}")
    for wrap in told["wraps"]:
        click.echo(f"wrap {wrap['action']}: {wrap['plugin']}")
    for one in told["providers"]:
        click.echo(
            f"provider {one['provider']}: {'on' if one['on'] else 'off'}, {one['url']}, {one['doc']}"
        )
    for failure in told["failures"]:
        click.echo(f"FAILED {failure['name']}: {failure['reason']}", err=True)


def _providers(catalogue: Catalogue, switched: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "provider": one.name,
            "doc": one.doc[0],
            "url": switched.get(one.name) or one.url,
            "on": one.name in switched,
        }
        for one in catalogue.providers.values()
    ]


@click.command("client-config")
@click.argument("client", type=click.Choice(clients.CLIENTS))
@click.option("--endpoint", help="Where the endpoint is; the demo's unless told otherwise.")
@click.option("--key", help="The key; the demo's unless told otherwise.")
@as_json
def client_config(client: str, endpoint: str | None, key: str | None, *, as_json: bool) -> None:
    """Print what a client needs to connect: by signing in (OAuth), and with a key."""
    settings = load()
    known: dict[str, Any] = {}
    path = settings.data_dir / demo.FILE
    if path.exists():
        known = json.loads(path.read_text())
    address = endpoint or (
        settings.public_url + MCP if settings.public_url else known.get("endpoint")
    )
    if not address:
        raise click.UsageError("Give --endpoint, or set EYEOT_PUBLIC_URL.")
    shown = key or known.get("key", "eyk_…")
    place = clients.Place(address, shown, settings.key_host, signs_in=settings.oauth)
    if as_json:
        show(clients.told(client, place))
    else:
        click.echo(clients.text(client, place))


@click.command("doctor")
@click.option("--invariants", is_flag=True, help="Look for what must not be in the data, too.")
@as_json
def check(*, invariants: bool, as_json: bool) -> None:
    """Say what is wrong with this deployment, and how to mend it."""
    settings = load()
    found = asyncio.run(doctor.examine(settings))
    if invariants and all(c.well for c in found if c.name in ("migrations", "declarations")):
        found += asyncio.run(invariants_of.examine(settings))
    if as_json:
        show([{"check": c.name, "well": c.well, "told": c.told} for c in found])
    else:
        for one in found:
            click.echo(f"{'ok   ' if one.well else 'WRONG'}  {one.name}: {one.told}")
    if not all(one.well for one in found):
        raise SystemExit(1)


commands = (actions, plugins, client_config, check)
