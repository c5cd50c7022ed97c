"""Chart: calls over time, as a drawing that needs no script and says its figures to who cannot see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

OK, PREVIEW, REFUSED = "ok", "dry_run", "refused"
KINDS = (OK, PREVIEW, REFUSED)
_OF = {
    "ok": OK,
    "replayed": OK,
    "dry_run": PREVIEW,
    "refused": REFUSED,
    "failed": REFUSED,
}
WIDTH, HEIGHT = 720, 170
_LEFT, _FOOT, _TOP = 40, 22, 8
_GAP = 0.25
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a day's bar, in the drawing's units."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars by day, one above the other by kind; `days`: the same as figures."""

    days: list[tuple[date, dict[str, int]]]
    bars: list[Bar]
    labels: list[tuple[float, date]]
    lines: list[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def foot(self) -> int:
        """Where the bars stand."""
        return HEIGHT - _FOOT


def chart(first: date, last: date, counts: Sequence[tuple[date, str, int]]) -> Chart:
    """The chart of a period, from how often each outcome came on each day."""
    days = {
        first + timedelta(days=n): dict.fromkeys(KINDS, 0) for n in range((last - first).days + 1)
    }
    for on, outcome, number in counts:
        if on in days:
            days[on][_OF[outcome]] += number
    listed = list(days.items())
    most = _round_up(max((sum(one.values()) for _, one in listed), default=0))
    step = (WIDTH - _LEFT) / max(1, len(listed))
    high = HEIGHT - _FOOT - _TOP
    every = max(1, -(-len(listed) // _MOST_LABELS))
    return Chart(
        days=listed,
        bars=[
            bar
            for n, (_, one) in enumerate(listed)
            for bar in _bars(one, _LEFT + n * step, step, high / most)
        ],
        labels=[
            (_LEFT + (n + 0.5) * step, on) for n, (on, _) in enumerate(listed) if n % every == 0
        ],
        lines=[(HEIGHT - _FOOT - high * part / 2, most * part // 2) for part in (1, 2)],
    )


def _bars(counted: dict[str, int], x: float, step: float, scale: float) -> list[Bar]:
    made, foot = list[Bar](), float(HEIGHT - _FOOT)
    for kind in KINDS:
        height = counted[kind] * scale
        if height:
            foot -= height
            wide = step * (1 - _GAP)
            made.append(
                Bar(kind, x + step * _GAP / 2, round(foot, 1), round(wide, 1), round(height, 1))
            )
    return made


def _round_up(most: int) -> int:
    """The next figure that reads well on an axis, and halves well, such as 2, 4, 6, 10, 20 or 40."""
    scale = 1
    while True:
        for part in (2, 4, 6, 10):
            if most <= part * scale:
                return part * scale
        scale *= 10
