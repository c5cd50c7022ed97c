"""The demo server, started once for each worker as a user starts it."""

from collections.abc import Iterator

import pytest

from tests.demo import Demo, served


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """A running `eyeot serve --demo`."""
    with served() as running:
        yield running
