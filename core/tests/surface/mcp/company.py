"""Company: the names of a whole business in both languages, to look for actions in."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from core.tests.surface.mcp.shop import Empty
from eyeot.declare.access import Access, Reach
from eyeot.declare.action import Action, Risk
from eyeot.declare.plugin import Plugin
from eyeot.declare.resource import Resource
from eyeot.declare.standard import STANDARD
from eyeot.declare.standard.verb import Names
from eyeot.runtime.catalogue import Catalogue


def _lines(file: str) -> list[str]:
    """Name | English | French (| gender), one line each."""
    return Path(__file__).with_name(file).read_text("utf-8").splitlines()


def _names(resource: str, en: str, fr: str, gender: str) -> Names:
    meta = SimpleNamespace(noun=resource.partition(".")[2])
    stub = SimpleNamespace(record=SimpleNamespace(meta=meta), en=en, fr=fr, gender=gender)
    return Names(cast("Resource", stub))


def _resources() -> dict[str, Any]:
    """The nouns of each resource, without records."""
    nothing = SimpleNamespace(meta=SimpleNamespace(fields={}, inline=None))
    lines = ([part.strip() for part in line.split("|")] for line in _lines("company_resources.txt"))
    return {
        name: SimpleNamespace(en=en, fr=fr, record=nothing, lifecycle=None, editable=(), said={})
        for name, en, fr, _ in lines
    }


def _standard() -> dict[str, Action]:
    found = {}
    for line in _lines("company_resources.txt"):
        resource, en, fr, gender = (part.strip() for part in line.split("|"))
        names = _names(resource, en, fr, gender)
        for name, verb in STANDARD.items():
            full = f"{resource}.{name}"
            labels = (
                "; ".join([names.fill(verb.en), *names.en_more]),
                "; ".join([names.fill(verb.fr), *names.fr_more]),
            )
            found[full] = _action(full, verb.risk, *labels, names.fill(verb.summary), "generic")
    return found


def _business() -> dict[str, Action]:
    found = {}
    for line in _lines("company_business.txt"):
        head, en, fr = (part.strip() for part in line.split("|"))
        name, risk = head.split()
        found[name] = _action(name, cast("Risk", risk), en, fr, f"{en.split(';')[0]}.", "business")
    return found


def _action(  # noqa: PLR0913, PLR0917 - each is one fact about the action
    name: str, risk: Risk, en: str, fr: str, summary: str, kind: Any
) -> Action:
    async def nothing(_: Any, __: Any) -> None:
        return None

    return Action(
        name=name,
        summary=summary,
        handler=nothing,
        build_input=lambda: Empty,
        output=dict,
        risk=risk,
        en=en,
        fr=fr,
        kind=kind,
    )


def company() -> Catalogue:
    """Some five hundred actions."""
    actions = {**_standard(), **_business()}
    modules = sorted({one.module for one in actions.values()})
    return Catalogue(
        plugins=tuple(Plugin(name=module, doc=f"{module.title()}.") for module in modules),
        actions=actions,
        resources=_resources(),
        reactions={},
        events={},
        tools={},
        mcp_resources={},
        modules=frozenset(modules),
    )


def everything(catalogue: Catalogue) -> Access:
    """Access to every action."""
    return Access(dict.fromkeys(catalogue.actions, Reach.ORGANISATION), {}, "everything")
