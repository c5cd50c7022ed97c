"""The entry point: what an installation finds."""

from importlib.metadata import entry_points

import eyeot_crm


def test_the_entry_point_names_this_plugin() -> None:
    (found,) = entry_points(group="eyeot", name="crm")

    assert found.load() is eyeot_crm.plugin
    assert eyeot_crm.plugin.name == "crm"
