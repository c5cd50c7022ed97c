"""The demo server, started once for each worker as a user starts it."""

from collections.abc import Iterator

import pytest

from tests.demo import Demo, served

collect_ignore = ["acme_loyalty"]
"""A plugin from outside: its tests run where it is installed, by `test_stranger.py`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the tests of the product as a whole can be told."""
    parser.addoption("--update-snapshots", action="store_true", help="write tests/snapshots anew")
    parser.addoption("--whole-fuzz", action="store_true", help="fuzz every operation, for long")
    parser.addoption("--update-pictures", action="store_true", help="write docs/pictures anew")


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """A running `eyeot serve --demo`."""
    with served() as running:
        yield running
