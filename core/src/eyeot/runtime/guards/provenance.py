"""Provenance: a write names no record that its caller was not shown first (step 8)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel

from eyeot.declare import ids
from eyeot.declare.action import Action
from eyeot.declare.citing import Citations, Cite, Cited, Held
from eyeot.declare.identifiers import borne, is_name, name_of
from eyeot.declare.problem import UnreadIdentifier
from eyeot.declare.record import records
from eyeot.runtime.call import Call
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.ledger import Ledger
from eyeot.storage.pool import Connection

if TYPE_CHECKING:
    from eyeot.runtime.unit import Unit

MOST_TOLD = 20
_READING = ("get", "search", "list")
TAG = "unread"
"""Marks, in the audit, a call that ran although it named what was not shown."""
_NOTE = (
    "It names records that were not read with this key before ({paths}); read what you cite."
    " It ran, since this key is only warned."
)


class Names:
    """The natural keys that a call cites, each with the ids that it was shown with."""

    def __init__(self, catalogue: Catalogue, shown: dict[str, set[str]]) -> None:
        self._catalogue = catalogue
        self._shown = shown

    def confirm(self, path: str, kind: str, key: str, id: UUID) -> None:
        """Refuse a name that now stands for another record than the one it was shown with."""
        known = self._shown.get(name := name_of(kind, key))
        if known is not None and ids.encode(records[kind].meta.prefix, id) not in known:
            raise unread(self._catalogue, [Cited(path, kind, name)])


class Provenance:
    """Holds what calls cite against what their holder was shown."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def check(
        self,
        connection: Connection,
        calls: Sequence[Call],
        catalogue: Catalogue,
        now: datetime,
        shown: Collection[str] = (),
    ) -> None:
        """Refuse, or warn of, what was not shown; `shown`: by the calls before, in this transaction.

        Nothing is looked up but the ledger, so that what exists and what does not are refused alike.
        """
        first = calls[0]
        if first.holder is None:
            return
        cited = [(number, one, _cited(one, catalogue)) for number, one in enumerate(calls, 1)]
        asked = {one.ident for _, _, found in cited for one in found}
        if not asked:
            return
        known = {one: set[str]() for one in asked.intersection(shown)}
        for name, id in map(borne, filter(is_name, shown)):
            if name in asked:
                known.setdefault(name, set()).add(id)
        of = first.request.caller.org_id, first.holder
        if lacking := asked - known.keys():
            known |= await self._ledger.known(connection, of, lacking, now)
        for number, call, found in cited:
            _judge(call, number, [one for one in found if one.ident not in known], catalogue)
            if call.request.caller.provenance == "enforce" and any(is_name(i) for i in asked):
                call.names = Names(catalogue, {n: of for n, of in known.items() if is_name(n)})

    async def rows(
        self, unit: "Unit", held: Held, action: Action, rows: Mapping[int, BaseModel]
    ) -> dict[int, UnreadIdentifier]:
        """The rows, each to be a call of an action, that name what a holder was not shown.

        Where that is enforced, the unit's names are bound to what they were shown with.
        """
        catalogue = unit.catalogue
        cited = {number: _named(action, one, catalogue) for number, one in rows.items()}
        asked = {one.ident for found in cited.values() for one in found}
        if not asked:
            return {}
        of = unit.org_id, held.holder
        known = await self._ledger.known(unit.connection, of, asked, unit.now)
        if held.enforced:
            unit.names = Names(catalogue, {n: with_ for n, with_ in known.items() if is_name(n)})
        lacking = {n: [o for o in found if o.ident not in known] for n, found in cited.items()}
        return {n: unread(catalogue, found) for n, found in lacking.items() if found}


def shown_by(calls: Iterable[Call], results: Iterable[dict[str, Any]]) -> set[str]:
    """What the answers of some calls show."""
    shown = set[str]()
    for call, result in zip(calls, results, strict=False):
        if call.action and call.action.reveal:
            call.action.reveal(result, shown)
    return shown


def unread(catalogue: Catalogue, cited: Sequence[Cited], number: int = 1) -> UnreadIdentifier:
    """The refusal that names each argument, and what would show what it means."""
    told = [
        {"path": one.path, "kind": one.kind, "read": _readings(catalogue, one)}
        for one in cited[:MOST_TOLD]
    ]
    return UnreadIdentifier(identifiers=told, number=number)


def _judge(call: Call, number: int, cited: Sequence[Cited], catalogue: Catalogue) -> None:
    if not cited:
        return
    if call.request.caller.provenance == "enforce":
        raise unread(catalogue, cited, number)
    warn(call, [one.path for one in cited[:MOST_TOLD]])


def warn(call: Call, paths: Sequence[str]) -> None:
    """Note that a call, or rows of its file, name what was not shown."""
    note = _NOTE.format(paths=", ".join(paths))
    if paths and note not in call.request.notes:
        # A transaction that is run again tells it once.
        call.tags = (TAG,)
        call.request.notes.append(note)


def _cited(call: Call, catalogue: Catalogue) -> list[Cited]:
    """What a write names; that of references to the calls before is judged once they have answered."""
    action = call.action
    if action is None or action.reads:
        return []
    return _named(action, call.request.arguments if call.data is None else call.data, catalogue)


def _named(action: Action, arguments: Any, catalogue: Catalogue) -> list[Cited]:
    if action.cite is None:
        return []
    found = Citations(lambda name: _cite_of(catalogue, name))
    action.cite(arguments, "", found)
    return found.found


def _cite_of(catalogue: Catalogue, name: str) -> Cite | None:
    action = catalogue.actions.get(name)
    return action.cite if action else None


def _readings(catalogue: Catalogue, cited: Cited) -> list[str]:
    """The actions that show records of the kind, whoever may run them; a name is not taken by `get` yet."""
    verbs = _READING[1:] if is_name(cited.ident) else _READING
    return [f"{cited.kind}.{v}" for v in verbs if f"{cited.kind}.{v}" in catalogue.actions]
