"""The demo server, started once for each worker as a user starts it."""

from collections.abc import Iterator

import pytest

from tests.demo import Demo, served

collect_ignore = ["acme_loyalty"]
"""A plugin from outside: its tests run where it is installed, by `test_stranger.py`."""


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """A running `eyeot serve --demo`."""
    with served() as running:
        yield running
