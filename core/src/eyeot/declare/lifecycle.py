"""Lifecycles: the states of a record and the steps between them, as data."""

from dataclasses import dataclass

from eyeot.declare.problem import StateRefused
from eyeot.declare.record import Record

ANY = "*"


@dataclass(frozen=True, slots=True)
class Step:
    """One allowed change of state.

    A step becomes the action `<resource>.<name>` unless an action of that name is declared by hand
    (`by_hand`), which then takes the step itself.
    """

    name: str
    sources: tuple[str, ...]
    to: str
    doc: str = ""
    en: str = ""
    fr: str = ""
    by_hand: bool = False
    risk: str = "w"
    inner: bool = False
    """Whether it follows from other records (a payment, a delivery), so that nobody asks for it."""


def step(  # noqa: PLR0913 - each is one fact about the step
    name: str, *sources: str, to: str, doc: str = "", en: str = "", fr: str = "", risk: str = "w"
) -> Step:
    """A step that the framework turns into an action."""
    return Step(name, sources, to, doc, en, fr, by_hand=False, risk=risk)


def by_hand(name: str, *sources: str, to: str) -> Step:
    """A step that a declared action takes."""
    return Step(name, sources, to, by_hand=True)


def follows(name: str, *sources: str, to: str) -> Step:
    """A step that follows from what happens to other records; no action is called so."""
    return Step(name, sources, to, by_hand=True, inner=True)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of a record; only `take` sets one."""

    field: str
    initial: str
    steps: tuple[Step, ...]

    def possible(self, state: str) -> list[str]:
        """The steps that start from this state."""
        return [
            s.name
            for s in self.steps
            if not s.inner and (state in s.sources or (ANY in s.sources and s.to != state))
        ]

    def take(self, record: Record, name: str) -> None:
        """Move the record along a step, or refuse with the steps that are possible."""
        record.__dict__[self.field] = self.check(record, name)

    def check(self, record: Record, name: str) -> str:
        """The state that a step leads to, or a refusal with the steps that are possible."""
        state = record.__dict__[self.field]
        found = [s for s in self.steps if s.name == name]
        for one in found:
            if state in one.sources or (ANY in one.sources and one.to != state):
                return one.to
        raise StateRefused(
            kind=record.meta.name,
            state=state,
            step=name,
            allowed=[source for one in found for source in one.sources],
            possible=self.possible(state),
        )
