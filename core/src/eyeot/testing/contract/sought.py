"""Sought: a search finds the record whose words are given."""

from eyeot.declare.action import Action
from eyeot.testing.contract.stage import Stage

_LONGEST = 200


async def sought(stage: Stage, action: Action) -> int:
    """Look for listed records by what they say, until one is found; how many values were compared."""
    listed = f"{action.resource}.list"
    if action.record is None or listed not in stage.engine.catalogue.actions:
        return 0
    told: list[str] = []
    for record in (await stage.look(listed, limit=20))["items"]:
        for field in action.record.meta.search:
            words = str(record.get(field) or "")[:_LONGEST]
            if words:
                hits = (await stage.look(action.name, query=words, limit=50))["items"]
                if record["id"] in [one["id"] for one in hits]:
                    return 1
                told.append(words)
    # Many may say the same, but not all of twenty.
    assert not told, f"none of {told} finds the record that says it"
    return 0
