"""Directory: the actions that a caller may use."""

from eyeot.declare.access import Access
from eyeot.declare.action import Action
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.wire import dumps


class Directory:
    """The list at `/api/v1/actions`; each entry is written once, whoever asks."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._written: dict[str, bytes] = {}

    def page(self, access: Access) -> bytes:
        """What a caller may use, as JSON."""
        allowed = [
            self._entry(one)
            for one in self._catalogue.callable_by(access)
            if one.surface != "operator"
        ]
        return b'{"items":[%b],"total":%d}' % (b",".join(allowed), len(allowed))

    def _entry(self, action: Action) -> bytes:
        if action.name not in self._written:
            self._written[action.name] = dumps(told(action))
        return self._written[action.name]


def told(action: Action) -> dict[str, object]:
    """An action as the list shows it."""
    entry = {
        "name": action.name,
        "summary": action.summary,
        "risk": action.risk,
        "permission": action.needs,
        "labels": action.labels,
    }
    if action.surface == "human":
        return {**entry, "requires": "console"}
    return {**entry, "method": "GET" if action.reads else "POST"}
