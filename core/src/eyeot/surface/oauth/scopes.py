"""Scopes: what an app may be let do, in words of whoever decides."""

from collections.abc import Iterable
from dataclasses import dataclass

from eyeot.declare.access import module_of
from eyeot.runtime.engine import Engine
from eyeot.runtime.policy import covers
from eyeot.runtime.request import Caller
from eyeot.surface.discovery import normal_scopes
from eyeot.surface.pages.language import Language
from eyeot.surface.pages.rights import module_label


@dataclass(frozen=True, slots=True)
class Choice:
    """A permission that can be ticked."""

    name: str
    label: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Module:
    """What can be let of one module: to see, and to change."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person can let an app do: what it asked for, and what else they could let it do."""

    modules: tuple[Module, ...]
    asked: tuple[Choice, ...]
    other_modules: tuple[Module, ...]
    others: tuple[Choice, ...]

    @property
    def ticked(self) -> list[str]:
        """What would be let as the page stands."""
        usual = [one for module in (*self.modules, *self.other_modules) for one in module.choices]
        return [one.name for one in (*usual, *self.asked, *self.others) if one.ticked]

    @property
    def is_empty(self) -> bool:
        """Whether the person holds nothing that could be let."""
        return not (self.modules or self.asked or self.other_modules or self.others)


class Scopes:
    """The permissions of what is installed, as scopes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known(self, asked: Iterable[str]) -> list[str]:
        """Of what is asked for what there is; the rest is passed over (RFC 6749 §3.3)."""
        catalogue = self._engine.catalogue
        needed = {one.needs for one in catalogue.actions.values()}
        declared = {name for plugin in catalogue.plugins for name in plugin.permissions}
        there = needed | declared | set(normal_scopes(catalogue.modules))
        return [one for one in dict.fromkeys(asked) if one in there]

    def offer(
        self, person: Caller, asked: Iterable[str], language: Language, ticked: set[str] | None
    ) -> Offer:
        """What a person can let an app do; `ticked`: as they sent it before."""
        wanted, held = self.known(asked), person.access.permissions
        modules = sorted({module_of(name) for name in held})
        normal = [self._module(one, held, wanted, language) for one in modules]
        usual = {choice.name for one in normal for choice in one.choices}
        rest = [
            Choice(name, self._label(name, language), name in wanted)
            for name in sorted(held)
            if name not in usual and not name.endswith("*")
        ]
        if ticked is not None:
            normal = [_as_sent(one, ticked) for one in normal]
            rest = [Choice(one.name, one.label, one.name in ticked) for one in rest]
        shown = {module_of(one) for one in wanted} if wanted else set(modules)
        return Offer(
            tuple(one for one in normal if one.choices and one.name in shown),
            tuple(one for one in rest if one.name in wanted),
            tuple(one for one in normal if one.choices and one.name not in shown),
            tuple(one for one in rest if one.name not in wanted),
        )

    def _module(
        self, name: str, held: Iterable[str], wanted: list[str], language: Language
    ) -> Module:
        at = 1 if language == "fr" else 0
        choices = []
        for what, said in {"read": ("See", "Voir"), "write": ("Change", "Modifier")}.items():
            scope = f"{name}:{what}"
            # Without a wish of its own an app is offered to see, and nothing else.
            ticked = any(covers(scope, one) for one in wanted) if wanted else what == "read"
            if scope in held:
                choices.append(Choice(scope, said[at], ticked))
        label = module_label(self._engine.catalogue, name, language)
        return Module(name, label, tuple(choices))

    def _label(self, name: str, language: Language) -> str:
        """A permission in words: its plugin's, else those of the action that needs it."""
        at = 1 if language == "fr" else 0
        for plugin in self._engine.catalogue.plugins:
            if name in plugin.permissions:
                return plugin.permissions[name][at]
        needing = (one for one in self._engine.catalogue.actions.values() if one.needs == name)
        one = next(needing, None)
        return one.labels[language] if one else name


def _as_sent(one: Module, ticked: set[str]) -> Module:
    choices = tuple(Choice(c.name, c.label, c.name in ticked) for c in one.choices)
    return Module(one.name, one.label, choices)
