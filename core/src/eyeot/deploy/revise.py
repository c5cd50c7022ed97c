"""Revisions: writes a plugin's next migration from the difference between its tables and a database.

    python -m eyeot.deploy.revise crm "add the lead's grade"

For developers: reads EYEOT_DATABASE_ADMIN_URL, a database at the present heads.
"""

import asyncio
import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from eyeot.app import load_plugins
from eyeot.deploy.migrate import config, on
from eyeot.deploy.roles import OWNER


def revise(name: str, message: str) -> None:
    """Write the revision."""
    plugins, _ = load_plugins()
    plugin = next(one for one in plugins if one.name == name)
    prefixes = ("core_", "eyeot_") if name == "core" else (f"{name}_",)

    def ours(thing: Any, told: str | None, kind: str, _reflected: bool, _other: Any) -> bool:  # noqa: FBT001
        table = told if kind == "table" else thing.table.name
        return str(table).startswith(prefixes)

    def write(connection: Connection) -> None:
        made = config(plugins)
        made.attributes["connection"] = connection
        made.attributes["include_object"] = ours
        folder = str(files(plugin.migrations))
        number = len(list(Path(folder).glob("*_[0-9]*.py"))) + 1
        first = number == 1
        label = {"branch_label": name, "head": "base"} if first else {"head": f"{name}@head"}
        # Every revision, not the first alone: a later one may reach a table that its neighbours got since.
        script = ScriptDirectory.from_config(made)
        below = [one for one in ("core", *plugin.requires) if one != name]
        heads = [script.as_revision_number(f"{one}@head") for one in below]
        command.revision(
            made,
            message,
            autogenerate=True,
            version_path=folder,
            rev_id=f"{name}_{number:04}",
            depends_on=heads or None,  # type: ignore[arg-type]
            **label,  # type: ignore[arg-type]
        )

    asyncio.run(on(os.environ["EYEOT_DATABASE_ADMIN_URL"], write, role=OWNER))


if __name__ == "__main__":
    revise(sys.argv[1], sys.argv[2])
