"""The entry point: what an installation finds."""

from importlib.metadata import entry_points

import eyeot_tickets


def test_the_entry_point_names_this_plugin() -> None:
    (found,) = entry_points(group="eyeot", name="tickets")

    assert found.load() is eyeot_tickets.plugin
    assert eyeot_tickets.plugin.name == "tickets"
