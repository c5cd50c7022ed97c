"""The entry point: what an installation finds."""

from importlib.metadata import entry_points

import eyeot_intelligence


def test_the_entry_point_names_this_plugin() -> None:
    (found,) = entry_points(group="eyeot", name="intelligence")

    assert found.load() is eyeot_intelligence.plugin
    assert eyeot_intelligence.plugin.name == "intelligence"
