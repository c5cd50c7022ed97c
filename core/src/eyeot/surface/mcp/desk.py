"""Desk: what the methods work with; everything derived from the catalogue is made once and kept."""

from functools import cached_property

from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.request import EngineWithFeed
from eyeot.surface.mcp.door import Challenges
from eyeot.surface.mcp.finder import Finder
from eyeot.surface.mcp.instructions import instructions
from eyeot.surface.mcp.prose import Prose
from eyeot.surface.mcp.repair import Repairs
from eyeot.surface.mcp.seal import Seal
from eyeot.surface.mcp.settings import McpSettings
from eyeot.surface.mcp.shelf import Shelf

_GUARDS = frozenset({"dry_run", "expected_version", "idempotency_key", "plan_token"})


class Derived:
    """What one catalogue gives."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.shelf = Shelf(catalogue)
        self.finder = Finder(catalogue)
        self.repairs = Repairs()
        self.prose = Prose(catalogue)

    @cached_property
    def instructions(self) -> str:
        """What a model is told when it connects."""
        return instructions(self.catalogue)


class Desk:
    """The engine, the settings, and what is derived from the installed catalogue."""

    def __init__(self, engine: EngineWithFeed, settings: McpSettings) -> None:
        self.engine = engine
        self.settings = settings
        self.seal = Seal(settings.secrets)
        self.challenges = Challenges(engine, settings.discovery)
        self._derived = Derived(engine.catalogue)

    @property
    def derived(self) -> Derived:
        """Made anew when the installed modules change."""
        if self._derived.catalogue is not self.engine.catalogue:
            self._derived = Derived(self.engine.catalogue)
        return self._derived

    @property
    def shelf(self) -> Shelf:
        """The tools."""
        return self.derived.shelf

    @property
    def finder(self) -> Finder:
        """The search for actions."""
        return self.derived.finder

    @property
    def prose(self) -> Prose:
        """What people wrote, in answers."""
        return self.derived.prose

    @property
    def repairs(self) -> Repairs:
        """What puts arguments right."""
        return self.derived.repairs

    @property
    def instructions(self) -> str:
        """What a model is told when it connects."""
        return self.derived.instructions

    def arguments_of(self, action: str | None) -> frozenset[str]:
        """The arguments an action takes."""
        found = self.engine.catalogue.actions.get(action) if action else None
        return frozenset(found.input_schema["properties"]) if found else frozenset()

    def choices_of(self, action: str) -> frozenset[str]:
        """The arguments that may be left out: what an answer can be narrowed by."""
        found = self.engine.catalogue.actions.get(action)
        if found is None:
            return frozenset()
        return frozenset(found.input_schema["properties"]).difference(
            found.input_schema.get("required", ()), _GUARDS
        )
