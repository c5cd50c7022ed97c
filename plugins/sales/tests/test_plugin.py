"""The entry point: what an installation finds."""

from importlib.metadata import entry_points

import eyeot_sales


def test_the_entry_point_names_this_plugin() -> None:
    (found,) = entry_points(group="eyeot", name="sales")

    assert found.load() is eyeot_sales.plugin
    assert eyeot_sales.plugin.name == "sales"
