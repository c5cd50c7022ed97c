"""Deals: opportunities moving through their pipeline until they are won, lost or still open."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from eyeot_crm.demo.decks import deck
from eyeot_crm.demo.house import LOST_REASONS, MAINTENANCE, STAGES
from eyeot_crm.demo.lost import NOTES, WEIGHTS, Setting
from eyeot_crm.demo.model import Customer, LostKind, Move, Opportunity, Stage
from eyeot_crm.demo.sales import Demand
from eyeot_crm.demo.workdays import later, next_workday

_OUTCOMES = {True: 19, False: 31}
# Days from the first talk to the answer, by amount.
_CYCLES = ((5_000, (9, 32)), (15_000, (18, 62)), (45_000, (35, 95)), (10**9, (60, 150)))
_MAINTENANCE_CYCLE = (12, 55)
_HESITATION = 1.35
# How far lost deals get: one, two, three or all of the open stages.
_REACHED = (10, 27, 38, 25)


@dataclass(frozen=True, slots=True)
class Brief:
    """An opportunity about to begin."""

    customer: Customer
    contacts: tuple[str, ...]
    pipeline: str
    demand: Demand
    start: datetime
    setting: Setting
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class _Fate:
    kind: LostKind | None
    """None when the deal is won."""
    moves: tuple[Move, ...]
    close: datetime


class Deals:
    """Plays each opportunity as far as the last day lets it go."""

    def __init__(self, rng: Random, last: date) -> None:
        self._rng = rng
        self._last = last
        self._won = deck(rng, _OUTCOMES)
        self._lost = deck(rng, WEIGHTS)
        self._count = 0

    def play(self, brief: Brief, *, stalls: bool = False) -> Opportunity:
        """Let it run; a deal that stalls stays where it got to, past its date."""
        stages = [stage for stage in STAGES if stage.pipeline == brief.pipeline]
        fate = self._fate(brief, [stage for stage in stages if stage.kind == "open"])
        self._count += 1
        opportunity = Opportunity(
            key=f"opportunity:{self._count}",
            name=brief.demand.name,
            customer=brief.customer.key,
            contacts=brief.contacts,
            pipeline=brief.pipeline,
            amount=brief.demand.amount,
            recurring_amount=_recurring(brief),
            expected_close=self._expected(brief.start, fate.close),
            owner=brief.customer.owner,
            lead=brief.lead,
            moves=tuple(move for move in fate.moves if move.at.date() <= self._last),
            stage="",
            outcome="open",
            closed_at=None,
            lost_reason=None,
            lost_note=None,
        )
        if stalls or fate.close.date() > self._last:
            return replace(opportunity, stage=opportunity.moves[-1].stage)
        return self._closed(opportunity, stages, fate, brief.setting)

    def _closed(
        self, opportunity: Opportunity, stages: list[Stage], fate: _Fate, setting: Setting
    ) -> Opportunity:
        if fate.kind is None:
            won = next(stage.key for stage in stages if stage.kind == "won")
            return replace(opportunity, stage=won, outcome="won", closed_at=fate.close)
        return replace(
            opportunity,
            stage=next(stage.key for stage in stages if stage.kind == "lost"),
            outcome="lost",
            closed_at=fate.close,
            lost_reason=next(reason.key for reason in LOST_REASONS if reason.kind == fate.kind),
            lost_note=self._rng.choice(NOTES[fate.kind][setting]),
        )

    def _fate(self, brief: Brief, stages: list[Stage]) -> _Fate:
        kind = None if next(self._won) else next(self._lost)
        reached = len(stages)
        if kind:
            reached = self._rng.choices(range(1, reached + 1), _REACHED[-reached:])[0]
        gaps = self._gaps(brief, reached, kind)
        moves, at = [Move(stages[0].key, brief.start)], brief.start
        for stage, gap in zip(stages[1:reached], gaps, strict=False):
            at = later(self._rng, at, gap)
            moves.append(Move(stage.key, at))
        return _Fate(kind, tuple(moves), later(self._rng, at, gaps[-1]))

    def _gaps(self, brief: Brief, reached: int, kind: LostKind | None) -> list[float]:
        """Days spent in each stage."""
        cycle = next(days for limit, days in _CYCLES if brief.demand.amount < limit)
        if brief.pipeline == MAINTENANCE:
            cycle = _MAINTENANCE_CYCLE
        total = self._rng.uniform(*cycle) * (_HESITATION if kind == "no_decision" else 1)
        parts = [self._rng.uniform(0.5, 1.5) for _ in range(reached)]
        return [total * part / sum(parts) for part in parts]

    def _expected(self, start: datetime, close: datetime) -> date:
        """The seller's guess: rather early, never before a week."""
        guess = close.date() + timedelta(days=self._rng.randint(-14, 12))
        return next_workday(max(guess, start.date() + timedelta(days=7)))


def _recurring(brief: Brief) -> Decimal | None:
    """A maintenance contract is paid every year."""
    return brief.demand.amount if brief.pipeline == MAINTENANCE else None
