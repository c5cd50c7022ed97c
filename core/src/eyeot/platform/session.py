"""Session: what a caller asks first: who am I here, and where is the thing I mean."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field as Limits

from eyeot.declare.access import Access
from eyeot.declare.action import Action, action
from eyeot.declare.context import Context
from eyeot.declare.identifiers import Shows
from eyeot.declare.ids import encode
from eyeot.declare.model import Input, Output
from eyeot.declare.problem import invalid
from eyeot.declare.tool import Tool
from eyeot.platform.seals import Newest


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What these two actions must know of the deployment."""

    modules: Callable[[Access], list[dict[str, Any]]]
    """Modules, each with the number of actions this caller may use, and all there are."""
    searchable: Callable[[Access], list[str]]
    """The kinds of record this caller may search."""


class Nothing(Input):
    """No argument."""


class Identity(Output):
    """Who a credential is, and what it may do."""

    organisation: Annotated[dict[str, Any], Shows("id")]
    actor: Annotated[dict[str, Any], Shows("on_behalf_of", "credential", "agent")]
    permissions: list[dict[str, str]]
    modules: list[dict[str, Any]]
    hidden_modules: list[dict[str, str]]
    approval: dict[str, Any]
    provenance: str
    licence: dict[str, Any]
    audit: dict[str, Any] | None
    """The newest signed checkpoint of the activity log; `delayed_since` when events wait too long for one."""
    now: str


class Words(Input):
    """What to look for."""

    query: Annotated[
        str, Limits(min_length=1, max_length=200, description="Name, words or identifier.")
    ]
    types: Annotated[
        list[str],
        Limits(default_factory=list, max_length=20, description="Kinds, e.g. crm.customer."),
    ]
    limit: Annotated[int, Limits(ge=1, le=50)] = 10


class Hits(Output):
    """Hits, best first: `{type, id, label, hint, score}`."""

    items: Annotated[list[dict[str, Any]], Shows(hits=True)]


def actions(installed: Installed) -> tuple[Action, Action]:
    """`whoami` and `search`, over what is installed."""
    return _whoami(installed), _search(installed)


def _whoami(installed: Installed) -> Action:
    newest = Newest()

    @action(
        "core.session.whoami",
        risk="r",
        en=(
            "Who am I; my permissions; current organisation; what may I do here; which account am "
            "I logged in with; my rights"
        ),
        fr=(
            "Qui suis-je; mes droits; organisation courante; que puis-je faire ici; avec quel "
            "compte suis-je connecté; mon profil"
        ),
        example={},
        scope_free=True,
        single=True,
    )
    async def whoami(ctx: Any, data: Nothing) -> Identity:  # noqa: ARG001 - takes no argument
        """Say which organisation, person and permissions this credential has, and what is installed."""
        caller = ctx.caller
        modules = installed.modules(caller.access)
        return Identity(
            organisation=_house(caller),
            actor=_actor(caller),
            permissions=[
                {"permission": name, "reach": reach.name.lower()}
                for name, reach in sorted(caller.access.permissions.items())
            ],
            modules=[_shown(one) for one in modules if one["actions"]],
            hidden_modules=[_hidden(one) for one in modules if not one["actions"]],
            approval=_approval(caller),
            provenance=_PROVENANCE[caller.provenance if caller.credential_id else "off"],
            licence=ctx.licence.told(ctx.now),
            audit=await newest.of(ctx),
            now=ctx.now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        )

    return whoami


_PROVENANCE = {
    "enforce": "enforce: a write may name only what an answer has shown in this conversation",
    "warn": "warn: a write that names what no answer has shown runs, is noted and is marked in the audit",
    "off": "off: what a write names need not have been read",
}


def _approval(caller: Any) -> dict[str, Any]:
    """Which calls are to wait for a person, and whether they do."""
    return {
        "policy": caller.approval,
        "enforced": False,
        "says": "kept for later: this version runs every permitted action at once",
    }


def _house(caller: Any) -> dict[str, Any]:
    """The organisation that a caller works for."""
    return {
        "id": encode("org", caller.org_id),
        "slug": caller.org_slug,
        "name": caller.org_name,
        "locale": caller.locale,
        "timezone": caller.timezone,
    }


def _actor(caller: Any) -> dict[str, Any]:
    """Who calls, for whom, with which credential."""
    actor = {"type": caller.actor_type, "name": caller.actor, "via": caller.via}
    if caller.user_id:
        actor["on_behalf_of"] = encode("usr", caller.user_id)
    if caller.credential_id:
        kind = "ogr" if caller.consent else "key"
        actor["credential"] = encode(kind, caller.credential_id)
    if caller.consent:
        actor["client"] = caller.consent.client
        actor["scopes"] = list(caller.consent.scopes)
    if caller.agent_id:
        actor["agent"] = encode("agt", caller.agent_id)
    return actor


def _shown(module: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in module.items() if name != "disabled"}


def _hidden(module: dict[str, Any]) -> dict[str, str]:
    name = module["name"]
    if module["disabled"]:
        return {"name": name, "reason": "it is disabled; a person can enable it again"}
    if not module["of"]:
        return {"name": name, "reason": "it has no action yet"}
    return {"name": name, "reason": f"this credential holds no permission such as {name}:read"}


def _search(installed: Installed) -> Action:
    @action(
        "core.session.search",
        risk="r",
        en=(
            "Search everything; find a customer, contact, deal by name; look up; where is; find "
            "anything"
        ),
        fr=(
            "Rechercher partout; trouver un client, un contact, une affaire par son nom; chercher; "
            "retrouver n'importe quoi; où se trouve"
        ),
        example={"query": "boulangerie"},
        scope_free=True,
        single=True,
    )
    async def search(ctx: Context, data: Words) -> Hits:
        """Find records of every kind by words a person would use; tolerates typos and missing accents."""
        known = installed.searchable(ctx.caller.access)  # type: ignore[attr-defined]
        if wrong := [one for one in data.types if one not in known]:
            raise invalid("types", f"unknown: {', '.join(wrong)}; known: {', '.join(known)}")
        return Hits(items=await ctx.lookup(data.query, data.types or known, data.limit))

    return replace(search, reserved=frozenset({"limit"}))


whoami_tool = Tool(
    name="whoami",
    title="Who am I",
    action="core.session.whoami",
    doc="Your organisation, identity, permissions and installed modules. Call it first.",
)
search_tool = Tool(
    name="search",
    title="Search",
    action="core.session.search",
    doc="Find any record by name, words or identifier; tolerates typos. Gives ids to use in other tools.",
    show=("query", "types", "limit"),
)
