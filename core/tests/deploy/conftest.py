"""Fixtures: folders and clusters that are gone after the test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.tests.deploy.deployment import Deployment
from core.tests.deploy.stage import Library
from eyeot import app
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.runtime.catalogue import Catalogue


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder other users may pass, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="eyeot-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def fresh(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running cluster of this test's own, to stop and to spoil."""
    with EmbeddedPostgres(folder / "data", durable=False) as running:
        yield running


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A running cluster that stays as it is."""
    made = Path(tempfile.mkdtemp(prefix="eyeot-test-"))
    made.chmod(0o711)
    with EmbeddedPostgres(made / "data", durable=False) as running:
        yield running
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    """The code under test for processes of any user."""
    made = Path(tempfile.mkdtemp(prefix="eyeot-test-"))
    made.chmod(0o755)
    yield Library(made)
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """What is installed."""
    return app.assemble()


@pytest.fixture
def one(folder: Path, catalogue: Catalogue) -> Iterator[Deployment]:
    """A deployment whose database runs."""
    made = Deployment(folder / "one", catalogue)
    with made.postgres:
        yield made


@pytest.fixture
def other(folder: Path, catalogue: Catalogue) -> Iterator[Deployment]:
    """Another one."""
    made = Deployment(folder / "other", catalogue)
    with made.postgres:
        yield made
