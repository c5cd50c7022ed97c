"""Nox: the checks CI runs. `nox` alone runs them all, `nox -l` lists them."""

import os
import shutil
from pathlib import Path

import nox

nox.options.sessions = ["style", "test", "browser", "alone", "conformance"]

# uv makes the environments itself: it picks a Python that fits the project, whichever runs nox.
nox.options.default_venv_backend = "none"

# `uvx` tells where its own uv is; it need not be on PATH.
UV = os.environ.get("UV", "uv")
PLUGINS = sorted(path.parent.name for path in Path("plugins").glob("*/pyproject.toml"))


@nox.session
def style(session: nox.Session) -> None:
    """Format, lint, types, and who may import whom."""
    run = workspace(session)
    run("ruff", "format", "--check")
    run("ruff", "check")
    run("mypy")
    run("lint-imports")


@nox.session
def test(session: nox.Session) -> None:
    """Every test, on an own PostgreSQL and Redis."""
    run = workspace(session)
    outside = ("--ignore", "tests/browser")
    run("pytest", "-n", "2", "--evidence", ".nox/evidence.json", *outside, *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The pages in Debian's Chromium, which is installed where it may be, and clients that sign in there."""
    install = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-inter")
    if not shutil.which("chromium"):
        if os.geteuid() or not shutil.which("apt-get"):
            session.error(f"This needs Chromium, once: sudo {' '.join(install)}")
        session.run("apt-get", "update", external=True)
        session.run(*install, env={"DEBIAN_FRONTEND": "noninteractive"}, external=True)
    run = workspace(session)
    run("pytest", "tests/browser", *session.posargs)


@nox.session
@nox.parametrize("plugin", PLUGINS)
def alone(session: nox.Session, plugin: str) -> None:
    """One plugin with only what its pyproject names: no leaning on an undeclared neighbour.

    Of the contract what its own code must do by itself; the guards are the core's, and tried in `test`.
    """
    run = Environment(session, f"alone-{plugin}", "--package", f"eyeot-{plugin}", "--group", "test")
    own = ("--requirements", "declared,runs")
    # What is not installed is not in the year that ships: its actions are run first, which takes minutes.
    patient = ("--timeout", "600")
    run("pytest", "-n", "2", f"plugins/{plugin}", *own, *patient, *session.posargs)


@nox.session
def conformance(session: nox.Session) -> None:
    """The protocol's own suite, both eras: what counts with its fixtures, the rest on the demo server."""
    run = workspace(session)
    run("python", "-m", "tests.conformance.run", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """What calls, guards, the audit, pages, tokens or trade cost (`calls`, the default). Not part of CI."""
    run = workspace(session)
    run("python", "-m", "tests.bench.run", *session.posargs)


@nox.session
def demo_year(session: nox.Session) -> None:
    """Rebuild the demo company's year and hold it against the file that ships; -- --write replaces it."""
    run = workspace(session)
    options = [] if "--write" in session.posargs else ["--compare"]
    run("python", "-m", "eyeot.deploy.demo_build", *options)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Every operation of the REST door fuzzed; CI takes one in three of them. Not part of CI."""
    run = workspace(session)
    run("pytest", "tests/fuzz", "--whole-fuzz", "--timeout", "3600", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Two minutes of mixed work while everything is killed by turns, then what must hold. Not part of CI."""
    run = workspace(session)
    run("python", "-m", "tests.soak.run", *session.posargs)


class Environment:
    """A synced virtual environment, and a way to run a program in it."""

    def __init__(self, session: nox.Session, name: str, *selection: str) -> None:
        self._session = session
        self._variables = {
            "UV_PROJECT_ENVIRONMENT": str(Path(".nox", name).resolve()),
            "VIRTUAL_ENV": None,
        }
        self._uv("sync", "--quiet", *selection)

    def __call__(self, *command: str) -> None:
        self._uv("run", "--no-sync", *command)

    def _uv(self, *arguments: str) -> None:
        self._session.run(UV, *arguments, env=self._variables, external=True)


def workspace(session: nox.Session) -> Environment:
    """The core and every plugin, shared by all sessions but `alone`."""
    return Environment(session, "workspace", "--group", "dev")
