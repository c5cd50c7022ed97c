"""The entry point: what an installation finds."""

from importlib.metadata import entry_points

import eyeot_hr


def test_the_entry_point_names_this_plugin() -> None:
    (found,) = entry_points(group="eyeot", name="hr")

    assert found.load() is eyeot_hr.plugin
    assert eyeot_hr.plugin.name == "hr"
