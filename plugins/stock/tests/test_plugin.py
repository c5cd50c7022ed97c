"""The entry point: what an installation finds."""

from importlib.metadata import entry_points

import eyeot_stock


def test_the_entry_point_names_this_plugin() -> None:
    (found,) = entry_points(group="eyeot", name="stock")

    assert found.load() is eyeot_stock.plugin
    assert eyeot_stock.plugin.name == "stock"
