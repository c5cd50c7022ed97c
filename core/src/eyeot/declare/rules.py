"""Rules: what every plugin's declarations keep; one that breaks them is left out, by name and reason."""

import re
from collections.abc import Callable, Iterable
from typing import Any, get_args, get_origin

from eyeot.declare.access import module_of
from eyeot.declare.action import RESERVED, Action
from eyeot.declare.event import RecordEvent
from eyeot.declare.plugin import Plugin
from eyeot.declare.privacy import personal
from eyeot.declare.record import records, shown
from eyeot.declare.standard import actions_of
from eyeot.declare.standard.conditions import SUFFIXES
from eyeot.declare.types import Email, Phone

_NAME = re.compile(r"[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*){2}")


class AssemblyError(Exception):
    """The installed plugins contradict each other or the rules of the framework."""


def all_actions(plugin: Plugin) -> list[Action]:
    """Declared actions, then those of resources; a declared one takes the place of a standard verb."""
    declared = {one.name: one for one in plugin.actions()}
    for resource in plugin.resources():
        for one in actions_of(resource):
            declared.setdefault(one.name, one)
    return list(declared.values())


def check(plugin: Plugin) -> None:
    """Refuse declarations that could not work, or would not be found."""
    _no_twins(plugin, Action, lambda one: one.name)
    for one in all_actions(plugin):
        check_action(one)
    for one in plugin.actions():
        check_input(one)
    _own_names(plugin)
    _steps(plugin)
    _governing(plugin)
    _prefixes()
    _events(plugin)
    _permissions(plugin)
    _privacy(plugin)


def check_action(action: Action) -> None:
    """Its name and labels."""
    if not _NAME.fullmatch(action.name):
        raise AssemblyError(f"{action.name} is not module.resource.verb")
    if not action.en or not action.fr:
        raise AssemblyError(f"{action.name} needs a label in English and in French")


def check_input(action: Action) -> None:
    """Its arguments: those of the framework mean the same everywhere."""
    if taken := (RESERVED - action.reserved) & action.input.model_fields.keys():
        raise AssemblyError(
            f"{action.name} declares the reserved argument {', '.join(sorted(taken))}"
        )

    _no_filter(action)


def _no_filter(action: Action) -> None:
    """A write names its records: one that chose them by conditions would change what nobody looked at.

    A file of records (`e`) changes none, so it may be chosen so.
    """
    if action.risk in ("r", "e") or action.record is None:
        return
    fields = [one.name for one in shown(action.record.meta)]
    filters = {f"{name}{suffix}" for name in fields for suffix in SUFFIXES} - set(fields)
    if chosen := sorted(filters & action.input.model_fields.keys()):
        raise AssemblyError(
            f"{action.name} changes what meets a condition ({', '.join(chosen)}): let it take the ids of"
            " records that its caller has read"
        )


def _no_twins(plugin: Plugin, kind: type[Any], name: Callable[[Any], str]) -> None:
    seen: dict[str, Any] = {}
    for module in plugin.modules:
        for value in vars(module).values():
            if isinstance(value, kind) and seen.setdefault(name(value), value) is not value:
                raise AssemblyError(f"{plugin.name} declares {name(value)} twice")


def _own_names(plugin: Plugin) -> None:
    """An action under another module's name in a plugin's own file is a slip, not an import."""
    files = {module.__name__ for module in plugin.modules}
    for module in plugin.modules:
        for value in vars(module).values():
            if not isinstance(value, Action) or value.module == plugin.name:
                continue
            if value.handler.__module__ in files:
                raise AssemblyError(
                    f"{plugin.name} declares {value.name}: its names begin with {plugin.name}."
                )


def _steps(plugin: Plugin) -> None:
    names = {one.name for one in plugin.actions()}
    for resource in plugin.resources():
        for step in resource.lifecycle.steps if resource.lifecycle else ():
            full = f"{resource.record.meta.name}.{step.name}"
            if step.by_hand and not step.inner and full not in names:
                raise AssemblyError(
                    f"the step {full} is taken by hand, but no action has that name"
                )


def _governing(plugin: Plugin) -> None:
    """What writes a record that decides over power is for people, or says that it only cuts."""
    for one in all_actions(plugin):
        governs = one.record is not None and one.record.meta.governs
        if governs and one.risk not in ("r", "e") and one.surface == "any" and not one.cuts:
            raise AssemblyError(
                f"{one.name} writes {one.resource}, which decides who may do what: give it"
                " surface='human', or cuts=True when it only takes power away"
            )


def _prefixes() -> None:
    seen: dict[str, str] = {}
    for name, record in records.items():
        other = seen.setdefault(record.meta.prefix, name)
        if other != name:
            raise AssemblyError(f"{name} and {other} share the id prefix '{record.meta.prefix}'")


def _events(plugin: Plugin) -> None:
    """A reaction to one's own event must name one that exists; others' may not be installed."""
    known = {one.name for one in plugin.events()} | set(_record_events(plugin))
    for one in plugin.reactions():
        if one.event.partition(".")[0] == plugin.name and one.event not in known:
            raise AssemblyError(f"{one.name} reacts to {one.event}, which nothing tells")


def _permissions(plugin: Plugin) -> None:
    """A permission of one's own is one that an action needs or that the plugin declares."""
    standard = {f"{plugin.name}:{what}" for what in ("read", "write", "*")}
    for name in plugin.permissions:
        if name in standard or module_of(name) != plugin.name:
            raise AssemblyError(f"{plugin.name} cannot declare the permission '{name}'")
    actions = all_actions(plugin)
    implied = {f"{one.resource}:{one.verb}" for one in actions if one.risk in ("x", "$")}
    known = standard | implied | plugin.permissions.keys()
    fields = (f for r in plugin.records() for f in r.meta.fields.values())
    asked = {
        *(one.permission for one in actions if one.permission),
        *(one.sensitive for one in fields if one.sensitive),
        *(name for grants in plugin.roles.values() for name in grants),
    }
    own = {name for name in asked if module_of(name) == plugin.name}
    if unknown := sorted(own - known):
        raise AssemblyError(
            f"{plugin.name} names the permission {', '.join(unknown)} and declares none of that name"
        )


def _privacy(plugin: Plugin) -> None:
    """Personal data is said to be, and can be found from the person it is about."""
    for record in plugin.records():
        for one in record.meta.fields.values():
            kind = get_args(one.type)[0] if get_origin(one.type) in (list, set) else one.type
            if kind in (Email, Phone) and one.personal is None:
                raise AssemblyError(
                    f"{record.meta.name}.{one.name} may be a person's: say personal=True or False"
                )
    for handler in plugin.privacy():
        if personal(handler.record) and not handler.finds:
            names = ", ".join(f.name for f in personal(handler.record))
            raise AssemblyError(
                f"{handler.record.meta.name} holds personal data ({names}) and nothing leads to it from the"
                " person: mark the reference to whom it is about with personal=True, name an identifier in"
                " `exact`, or give a Privacy that collects it"
            )


def _record_events(plugin: Plugin) -> Iterable[str]:
    whats = RecordEvent.model_fields["what"].annotation
    return (f"{r.meta.name}.{what}" for r in plugin.records() for what in whats.__args__)  # type: ignore[union-attr]
