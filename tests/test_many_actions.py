"""Many: three thousand actions of plugins that the ranking has never seen."""

import json
import subprocess
import sys
from typing import Any

import pytest


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """Figures of a process of its own: its records are no part of this one's schema."""
    command = [sys.executable, "-m", "tests.bench.assembly", "--json"]
    done = subprocess.run(command, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_tools_cost_the_same_however_many_actions_there_are(measured: dict[str, Any]) -> None:
    assert measured["actions"] > 3_000
    assert measured["tools_same"]


def test_browsing_stays_short(measured: dict[str, Any]) -> None:
    for name in ("overview", "module", "resource", "query"):
        assert measured[f"{name}_bytes"] <= 6_000


def test_plugins_never_seen_are_found_in_both_languages(measured: dict[str, Any]) -> None:
    first = measured["first"]

    assert first["créer un véhicule de location"] == "made0.rental_vehicle.create"
    assert first["certify a spare machine"] == "made0.spare_machine.certify"
    assert first["combien de vergers de saison"] == "made4.seasonal_orchard.count"
    assert first["rental vehicels by colour"] == "made0.rental_vehicle.list"
    assert first["qui a modifié ce bail de location"] == "made5.rental_lease.history"
    assert first["planifier chaque lundi"] == "core.job.schedule"
    assert first["fuse the quantum doors"] == ""
