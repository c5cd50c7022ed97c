"""Assembly: from installed packages to a running engine; the only place that knows all parts."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points, requires, version
from typing import Any, TypeVar

import pluggy

from eyeot.declare import hookspecs
from eyeot.declare.access import Access
from eyeot.declare.action import Action
from eyeot.declare.event import Event, Reaction
from eyeot.declare.plugin import Plugin
from eyeot.declare.prompt import Prompt
from eyeot.declare.provider import Provider
from eyeot.declare.public import PublicPage
from eyeot.declare.rules import AssemblyError, all_actions, check, check_input
from eyeot.declare.store import Store
from eyeot.platform import modules, session, starting, undoing
from eyeot.platform import plugin as platform
from eyeot.runtime.bounds import BOUNDLESS, Bounds
from eyeot.runtime.catalogue import Catalogue, Failure, Wrapped
from eyeot.runtime.engine import Clock, Engine, wall_clock
from eyeot.runtime.guards.authenticate import Credentials
from eyeot.runtime.licensing import Licensing
from eyeot.runtime.outside import NOWHERE, Outside
from eyeot.runtime.policy import Compiler
from eyeot.storage import backups as _backups  # noqa: F401 - its table belongs to the schema
from eyeot.storage import identity as _identity  # noqa: F401 - as above
from eyeot.storage import oauth as _oauth  # noqa: F401 - as above
from eyeot.storage import switches as _switches  # noqa: F401 - as above
from eyeot.storage.pool import Database, taken
from eyeot.surface.mcp.words import content, fold

log = logging.getLogger(__name__)
GROUP = "eyeot"
_WRAPPABLE = frozenset({"handler"})
T = TypeVar("T")


def load_plugins(only: Sequence[str] = ()) -> tuple[list[Plugin], list[Failure]]:
    """The plugins of the entry point group, dependencies first; one that fails is named and left out."""
    platform.version = version("eyeot-core")
    names = {point.name for point in entry_points(group=GROUP)} | {platform.name}
    if missing := set(only) - names:
        there = ", ".join(sorted(names))
        raise AssemblyError(f"not installed: {', '.join(sorted(missing))}; there are: {there}")
    found: dict[str, Plugin] = {platform.name: platform}
    failures: list[Failure] = []
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        if only and point.name not in only:
            continue
        if point.name in found:
            raise AssemblyError(f"two plugins claim the name '{point.name}': {point.value}")
        try:
            found[point.name] = _loaded(point)
        except Exception as error:
            # A broken plugin leaves the rest running.
            log.exception("the plugin %s did not load", point.name)
            failures.append(Failure(point.name, f"{type(error).__name__}: {error}"))
    return list(_ordered(found, failures)), failures


def _loaded(point: EntryPoint) -> Plugin:
    plugin = point.load()
    if not isinstance(plugin, Plugin):
        raise AssemblyError(f"{point.value} is not a Plugin")
    if plugin.name != point.name:
        raise AssemblyError(f"the entry point '{point.name}' holds the plugin '{plugin.name}'")
    distribution = point.dist
    plugin.version = distribution.version if distribution else ""
    needed = requires(distribution.name) if distribution else None
    plugin.requires = tuple(_plugins_among(needed or ()))
    check(plugin)
    return plugin


def _plugins_among(needed: Iterable[str]) -> Iterator[str]:
    """The plugins among a distribution's requirements."""
    by_distribution = {p.dist.name.lower(): p.name for p in entry_points(group=GROUP) if p.dist}
    for one in needed:
        if "extra ==" in one:
            continue
        name = re.split(r"[ ;<>=!~\[(]", one, maxsplit=1)[0].lower().replace("_", "-")
        if name in by_distribution:
            yield by_distribution[name]


def _ordered(found: dict[str, Plugin], failures: list[Failure]) -> Iterator[Plugin]:
    """Dependencies first, then by name; what lacks one fails by name."""
    done: list[str] = []
    waiting = dict(found)
    while waiting:
        ready = [n for n, p in waiting.items() if all(r in done for r in p.requires)]
        if not ready:
            for name, plugin in waiting.items():
                lacking = ", ".join(r for r in plugin.requires if r not in done)
                failures.append(Failure(name, f"needs {lacking}"))
            return
        for name in ready:
            done.append(name)
            yield waiting.pop(name)


def assemble(only: Sequence[str] = ()) -> Catalogue:
    """Everything installed, as data."""
    plugins, failures = load_plugins(only)
    return catalogue_of(plugins, failures)


def catalogue_of(plugins: Sequence[Plugin], failures: Sequence[Failure] = ()) -> Catalogue:
    """The catalogue of these plugins, or `AssemblyError`."""
    resources = {r.record.meta.name: r for p in plugins for r in p.resources()}
    modules_here = frozenset(p.name for p in plugins)
    declared = [a for p in plugins for a in all_actions(p)]
    actions = {a.name: a for a in declared if not a.beside or a.beside in modules_here}
    late: list[Catalogue] = []
    for one in (
        *session.actions(_installed(late)),
        modules.list_actions(_offered(late)),
        undoing.undo_last(actions.get),
        starting.start({p.name: p.starting() for p in plugins}.__getitem__),
    ):
        actions[one.name] = one
    wrapped = _wrapped(actions, plugins)
    for plugin in plugins:
        check(plugin)
    catalogue = Catalogue(
        plugins=tuple(plugins),
        actions=dict(sorted(actions.items())),
        resources=resources,
        reactions=_reactions(plugins),
        events=_unique("event", ((e.name, e) for p in plugins for e in p.events())),
        jobs=_unique("job", ((j.name, j) for p in plugins for j in p.jobs())),
        providers=_providers(plugins),
        layouts=_unique("layout", ((one.name, one) for p in plugins for one in p.layouts())),
        public_pages=_public_pages(plugins),
        tools=_tools(plugins, actions),
        prompts=_prompts(plugins, actions),
        mcp_resources=_unique(
            "MCP resource", ((r.collection, r) for p in plugins for r in p.mcp_resources())
        ),
        wraps=tuple((n, plugin) for n, one in wrapped.items() for plugin, _ in one.wraps),
        wrapped=wrapped,
        failures=tuple(failures),
        modules=modules_here,
        waiting={a.name: a.beside for a in declared if a.name not in actions},
    )
    late.append(catalogue)
    return catalogue


def _unique(what: str, pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    out: dict[str, T] = {}
    for name, value in pairs:
        if name in out:
            raise AssemblyError(f"two plugins declare the {what} '{name}'")
        out[name] = value
    return out


def _public_pages(plugins: Sequence[Plugin]) -> dict[str, PublicPage]:
    return _unique("public page", ((one.name, one) for p in plugins for one in p.public_pages()))


def _providers(plugins: Sequence[Plugin]) -> dict[str, Provider]:
    # One that another module asks too is the same.
    every = {id(one): one for plugin in plugins for one in plugin.providers()}
    return _unique("provider", ((one.name, one) for one in every.values()))


def _tools(plugins: Sequence[Plugin], actions: dict[str, Action]) -> dict[str, Any]:
    tools = _unique("tool", ((t.name, t) for p in plugins for t in p.tools()))
    for one in tools.values():
        if one.action not in actions:
            raise AssemblyError(f"the tool {one.name} names no action: {one.action}")
    return tools


def _prompts(plugins: Sequence[Plugin], actions: dict[str, Action]) -> dict[str, Prompt]:
    prompts = _unique("prompt", ((one.name, one) for p in plugins for one in p.prompts()))
    for one in prompts.values():
        wrong = [f"it names no action: {name}" for name in one.needs if name not in actions]
        reads = [reading.action for reading in one.reads if reading.action in actions]
        wrong += [f"it reads {name}, which writes" for name in reads if not actions[name].reads]
        wrong += one.faults()
        if wrong:
            raise AssemblyError(f"the prompt {one.name}: {'; '.join(wrong)}")
    return prompts


def _reactions(plugins: Sequence[Plugin]) -> dict[str, tuple[Reaction, ...]]:
    """Reactions by event, in dependency order, then by name."""
    out: dict[str, list[Reaction]] = {}
    for plugin in plugins:
        for one in sorted(plugin.reactions(), key=lambda r: r.name):
            out.setdefault(one.event, []).append(one)
    return {event: tuple(found) for event, found in out.items()}


def _wrapped(actions: dict[str, Action], plugins: Sequence[Plugin]) -> dict[str, Wrapped]:
    """Let plugins wrap handlers; refuse any other change."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    wraps: dict[str, Wrapped] = {}
    for plugin in plugins:
        manager.register(plugin, plugin.name)
    manager.check_pending()
    for implementation in manager.hook.eyeot_wrap_action.get_hookimpls():
        for name, one in list(actions.items()):
            made = implementation.function(action=one)
            if not isinstance(made, Action):
                continue
            changed = [
                f.name
                for f in dataclass_fields(one)
                if getattr(made, f.name) is not getattr(one, f.name)
            ]
            if set(changed) - _WRAPPABLE:
                raise AssemblyError(
                    f"{implementation.plugin_name} changes {', '.join(changed)} of {name}"
                )
            if one.module == platform.name:
                raise AssemblyError(
                    f"{implementation.plugin_name} wraps {name}, which guards the rest"
                )
            actions[name] = replace(one, handler=made.handler)
            before = wraps.get(name) or Wrapped(one, ())
            wrap: tuple[str, Any] = (implementation.plugin_name, implementation.function)
            wraps[name] = replace(before, wraps=(*before.wraps, wrap))
    return wraps


def check_models(catalogue: Catalogue) -> None:
    """The rules on inputs; made apart, since it builds every model (tests and `eyeot doctor` run it)."""
    for one in catalogue.actions.values():
        check_input(one)
    for tool in catalogue.tools.values():
        known = catalogue.actions[tool.action].input_schema["properties"]
        if wrong := [name for name in tool.show if name not in known]:
            raise AssemblyError(
                f"the tool {tool.name} shows {', '.join(wrong)}, which its action does not take"
            )
    for prompt in catalogue.prompts.values():
        for reading in prompt.reads:
            known = catalogue.actions[reading.action].input_schema["properties"]
            if wrong := [name for name in reading.arguments if name not in known]:
                told = ", ".join(wrong)
                raise AssemblyError(
                    f"the prompt {prompt.name} gives {told}, which {reading.action} does not take"
                )


def _installed(late: list[Catalogue]) -> session.Installed:
    """What whoami and search know of the catalogue that holds them."""

    def installed(access: Access) -> list[dict[str, Any]]:
        allowed = [one.module for one in late[0].callable_by(access)]
        every = [one.module for one in late[0].actions.values()]
        return [
            {
                "name": p.name,
                "doc": p.doc,
                "actions": allowed.count(p.name),
                "of": every.count(p.name),
                "disabled": p.name in access.disabled,
            }
            for p in late[0].plugins
        ]

    def searchable(access: Access) -> list[str]:
        return [
            n
            for n, r in late[0].resources.items()
            if r.record.meta.search and f"{n}.search" in access.actions
        ]

    return session.Installed(modules=installed, searchable=searchable)


def _offered(late: list[Catalogue]) -> modules.Offered:
    def offered(module: str | None, query: str, access: Access) -> list[dict[str, str]]:
        asked = content(query)
        return [
            {"name": one.name, "summary": one.summary, "risk": one.risk, "permission": one.needs}
            for one in late[0].callable_by(access)
            if module in (None, one.module)
            and _says(fold(f"{one.name} {one.summary} {one.en} {one.fr}") if asked else "", asked)
        ]

    return offered


def _says(text: str, asked: Iterable[str]) -> bool:
    return all(word in text for word in asked)


def sensitive_permissions(catalogue: Catalogue) -> set[str]:
    """The permissions that fields ask for."""
    every = (one for r in catalogue.resources.values() for one in r.record.meta.fields.values())
    return {one.sensitive for one in every if one.sensitive}


def other_permissions(catalogue: Catalogue) -> set[str]:
    """The permissions that no action needs by itself: of fields, and those that handlers ask about."""
    declared = {name for plugin in catalogue.plugins for name in plugin.permissions}
    return sensitive_permissions(catalogue) | declared


async def start(  # noqa: PLR0913 - each is one fact about the deployment
    catalogue: Catalogue,
    app_url: str,
    relay_url: str,
    *,
    public_url: str = "",
    clock: Clock = wall_clock,
    store: Store | None = None,
    outside: Outside = NOWHERE,
    licensing: Licensing | None = None,
    bounds: Bounds = BOUNDLESS,
) -> Engine:
    """An engine on a database that `eyeot db upgrade` made; documents are kept in it unless told where.

    `licensing`: who else may sign licences, besides the vendor.
    """
    database = await Database.open(app_url, relay_url)
    database.store = store or database.store
    compiler = Compiler(catalogue.actions.values(), other_permissions(catalogue) | {"*"})
    credentials = Credentials(database.writes, app_url, compiler, licensing)
    credentials.doors = bounds.doors()
    engine = Engine(
        catalogue, database, credentials, public_url=public_url, clock=clock, bounds=bounds
    )
    engine.outside = outside

    async def renew() -> None:
        """Take out of the catalogue what is switched off for the whole deployment."""
        async with taken(database.reads) as connection:
            found = await connection.fetch("SELECT name FROM eyeot_module WHERE NOT enabled")
        engine.catalogue = catalogue.without(frozenset(row["name"] for row in found))

    try:
        await renew()
    except BaseException:
        await database.close()
        raise
    credentials.renew = renew
    credentials.start()
    return engine


async def stop(engine: Engine) -> None:
    """Write what waits and close every connection."""
    await engine.presses.close()
    await engine.feed.close()
    engine.floods.close()
    await engine.limiter.close()
    await engine.journal.close()
    await engine.credentials.stop()
    await engine.database.close()


__all__ = [
    "AssemblyError",
    "Event",
    "assemble",
    "catalogue_of",
    "check_models",
    "load_plugins",
    "start",
    "stop",
]
