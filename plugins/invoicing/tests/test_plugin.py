"""The entry point: what an installation finds."""

from importlib.metadata import entry_points

import eyeot_invoicing


def test_the_entry_point_names_this_plugin() -> None:
    (found,) = entry_points(group="eyeot", name="invoicing")

    assert found.load() is eyeot_invoicing.plugin
    assert eyeot_invoicing.plugin.name == "invoicing"
