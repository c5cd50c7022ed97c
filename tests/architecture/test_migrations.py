"""Migrations in any order that their dependencies allow: what a revision reaches, an ancestor made."""

import re
from collections import Counter
from pathlib import Path

from alembic.script import ScriptDirectory

from eyeot import app
from eyeot.deploy.migrate import config

_MADE = re.compile(r'create_table\(\s*"(\w+)"|CREATE TABLE (?:IF NOT EXISTS )?"?(\w+)')
_REACHED = re.compile(r'\["(\w+)\.(?:org_id|id)"')


def test_the_revisions_of_a_plugin_follow_one_another() -> None:
    plugins, _ = app.load_plugins()
    revisions = list(ScriptDirectory.from_config(config(plugins)).walk_revisions())
    followed = Counter(below for one in revisions for below in one._versioned_down_revisions)

    assert [name for name, times in followed.items() if times > 1] == []


def test_a_revision_stands_on_every_table_that_it_reaches() -> None:
    plugins, failures = app.load_plugins()
    assert not failures
    revisions = {
        one.revision: one for one in ScriptDirectory.from_config(config(plugins)).walk_revisions()
    }
    texts = {
        name: Path(one.path).read_text().split("def downgrade")[0]
        for name, one in revisions.items()
    }
    maker = {
        table: name
        for name, text in texts.items()
        for pair in _MADE.findall(text)
        for table in pair
        if table
    }
    assert "core_document" in maker

    def below(name: str) -> set[str]:
        found, waiting = set[str](), [name]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                revision = revisions[one]
                waiting += revision._normalized_down_revisions
                waiting += revision._normalized_resolved_dependencies
        return found

    missing = [
        f"{name} needs {table} of {maker[table]}: name it in depends_on"
        for name, text in texts.items()
        for table in sorted(set(_REACHED.findall(text)))
        if table in maker and maker[table] not in below(name)
    ]
    assert not missing
