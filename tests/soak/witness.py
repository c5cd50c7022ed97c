"""Witness: a plugin of the soak's own, whose reaction leaves one note for each event that is delivered."""

import sys
from pathlib import Path

from eyeot import Context, Plugin, RecordEvent, RecordRef, after
from eyeot_crm.notes import Note
from eyeot_crm.parties import Party

NOTED = "Single"
"""How the names of the parties begin that get a note."""


@after("crm.party.created")
async def note(ctx: Context, event: RecordEvent) -> None:
    """Leave a note on a new party."""
    party = await ctx.get(Party, event.id)
    if party.name.startswith(NOTED):
        about = RecordRef.to("crm.party", party.id)
        await ctx.add(Note(record=about, body=f"Witnessed {party.name}", author="soak"))


plugin = Plugin(name="soak", doc="For the soak.", modules=(sys.modules[__name__],))

_METADATA = "Metadata-Version: 2.1\nName: eyeot-soak\nVersion: 0.1\nRequires-Dist: eyeot-crm\n"
_ENTRY = f"[eyeot]\nsoak = {__name__}:plugin\n"


def install(folder: Path) -> str:
    """Make it an installed plugin for whoever has this folder on their path; the path to set."""
    about = folder / "eyeot_soak-0.1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(_METADATA)
    (about / "entry_points.txt").write_text(_ENTRY)
    root = Path(__file__).parents[2]
    return f"{folder}:{root}"
