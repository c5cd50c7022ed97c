"""Power: whatever a key runs, nobody may do more for it."""

from typing import Any

import orjson

from eyeot.declare.action import Action
from eyeot.declare.problem import Problem
from eyeot.declare.record import records
from eyeot.testing.contract.stage import Stage

_GLOBAL = ("eyeot_account", "eyeot_module", "eyeot_organisation")
"""Tables of the deployment that decide who may do what; nothing a key runs touches them."""
Rows = dict[str, dict[str, dict[str, Any]]]
"""The governing rows by table, then by id."""


async def governing(stage: Stage) -> Rows:
    """Everything that decides who may do what, as it now stands."""
    known = stage.engine.catalogue.plugins
    tables = [one.meta.table.name for p in known for one in p.records() if one.meta.governs]
    mine = dict.fromkeys(tables, f" WHERE org_id = '{stage.org_id}'")
    found: Rows = {}
    for name in (*tables, *_GLOBAL):
        text = f"SELECT to_jsonb(t)::text AS row FROM {name} t{mine.get(name, '')}"  # noqa: S608 - our own table
        rows = [orjson.loads(one["row"]) for one in await stage.writes.look(text)]
        found[name] = {row.get("id") or row["name"]: row for row in rows}
    return found


def widened(before: Rows, after: Rows) -> list[str]:
    """What gives somebody more than it did: `table: fields`."""
    governs = {one.meta.table.name: one.meta.governs for one in records.values()}
    found = []
    for table in before:
        rule = governs.get(table)
        for id in before[table].keys() | after[table].keys():
            was, now = before[table].get(id), after[table].get(id)
            if was == now:
                continue
            operation = "created" if was is None else "deleted" if now is None else "updated"
            more = rule.widened(operation, was or {}, now or {}) if rule else ["it changed"]
            if more:
                found.append(f"{table}: {', '.join(more)}")
    return found


async def cut_only(stage: Stage, action: Action) -> None:
    """A key that holds everything runs it, and nobody may do more than before."""
    given = await stage.given(action)
    before = await governing(stage)
    code = ""
    try:
        await stage.run(action.name, given, stage.caller(), surface="rest")
    except Problem as refused:
        code = refused.code
    assert code != "human_required", "it widens power, and is not reserved for a person"
    assert not (more := widened(before, await governing(stage))), f"a key gave more power: {more}"
