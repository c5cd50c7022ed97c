"""Rights: what permissions mean to somebody who runs a shop, module by module."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from eyeot.declare.access import module_of
from eyeot.declare.action import words
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.pages.language import Language

Kind = Literal["read", "write", "special"]


@dataclass(frozen=True, slots=True)
class Right:
    """One permission in words."""

    permission: str
    kind: Kind
    says: str


@dataclass(frozen=True, slots=True)
class ModuleRights:
    """The permissions of a module: reading, writing, and those that neither implies."""

    module: str
    label: str
    rights: tuple[Right, ...]


def every(catalogue: Catalogue, language: Language) -> tuple[ModuleRights, ...]:
    """Every permission that an installed action needs, by module, in words."""
    return tuple(_modules(catalogue, language))


def of(
    catalogue: Catalogue, language: Language, permissions: Iterable[str]
) -> tuple[ModuleRights, ...]:
    """These permissions alone, in the same order."""
    asked = frozenset(permissions)
    kept = (
        ModuleRights(m.module, m.label, tuple(r for r in m.rights if r.permission in asked))
        for m in every(catalogue, language)
    )
    return tuple(one for one in kept if one.rights)


def module_label(catalogue: Catalogue, module: str, language: Language) -> str:
    """What people call a module."""
    found = next((one.label for one in catalogue.plugins if one.name == module), ("", ""))
    return found[language == "fr"] or module


def said(catalogue: Catalogue, permission: str, language: Language) -> str:
    """One permission in words; as it is written where no installed action needs it."""
    if permission == "*":
        return "Tout" if language == "fr" else "Everything"
    for module in every(catalogue, language):
        for one in module.rights:
            if one.permission == permission:
                return (
                    f"{module.label} : {one.says}"
                    if language == "fr"
                    else f"{module.label}: {one.says}"
                )
    return permission


def _modules(catalogue: Catalogue, language: Language) -> Iterator[ModuleRights]:
    french = language == "fr"
    labels = _labels(catalogue, french=french)
    for plugin in catalogue.plugins:
        mine = sorted(one for one in labels if module_of(one) == plugin.name)
        if mine:
            rights = [_right(one, labels[one], french=french) for one in mine]
            rights.sort(key=lambda one: _ORDER.index(one.kind))
            label = module_label(catalogue, plugin.name, language)
            yield ModuleRights(plugin.name, label, tuple(rights))


_ORDER = ("read", "write", "special")


def _labels(catalogue: Catalogue, *, french: bool) -> dict[str, str]:
    """Every permission that an action needs, as its plugin says it, else as the action is called."""
    found: dict[str, str] = {}
    for one in catalogue.actions.values():
        if not one.scope_free:
            found.setdefault(one.needs, words(one.fr if french else one.en)[0])
    for plugin in catalogue.plugins:
        told = {name: said[french] for name, said in plugin.permissions.items() if name in found}
        found.update(told)
    return found


def _right(permission: str, label: str, *, french: bool) -> Right:
    if permission == f"{module_of(permission)}:read":
        return Right(permission, "read", "consulter" if french else "look things up")
    if permission == f"{module_of(permission)}:write":
        told = "consulter, créer et modifier" if french else "look up, create and change things"
        return Right(permission, "write", told)
    return Right(permission, "special", label[:1].lower() + label[1:].rstrip("."))
