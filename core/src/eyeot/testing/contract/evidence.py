"""Evidence: which actions were seen to work, counted from what tests really did and compared."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from eyeot.declare.problem import Problem

KINDS = ("successes", "refusals", "changes", "asserted")


@dataclass
class Evidence:
    """Counts by action: successes, refusals by a rule of the business, records changed, values compared."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    _here: ClassVar["Evidence | None"] = None

    @classmethod
    def here(cls) -> "Evidence":
        """The one of this process."""
        if cls._here is None:
            cls._here = cls()
        return cls._here

    def note(self, action: str, **counted: int) -> None:
        """Add to an action's counts."""
        self.counts.setdefault(action, Counter()).update(counted)

    def merge(self, told: dict[str, dict[str, int]]) -> None:
        """Add what another process counted."""
        for action, counted in told.items():
            self.note(action, **counted)

    def told(self) -> dict[str, dict[str, int]]:
        """The counts as JSON holds them."""
        return {
            action: {kind: counted[kind] for kind in KINDS}
            for action, counted in sorted(self.counts.items())
        }

    def write(self, path: Path) -> None:
        """Write the counts, if there are any."""
        if self.counts:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.told(), indent=1) + "\n")


_NO_RULE = frozenset({"not_found", "permission_denied", "busy", "unavailable", "internal"})


def by_a_rule(problem: Problem) -> bool:
    """Whether a rule of the business refused, rather than a guard that knows no business."""
    trace, files = problem.__traceback__, set[str]()
    while trace is not None:
        files.add(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return problem.code not in _NO_RULE and not any("/runtime/guards/" in one for one in files)
