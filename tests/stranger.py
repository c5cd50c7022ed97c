"""Stranger: an environment of its own, with the built product and plugins that are none of it."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
UV = os.environ.get("UV", "uv")
AS_OF = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["exclude-newer"]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment outside the workspace."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "env" / "bin" / "python"

    @property
    def eyeot(self) -> str:
        """Its command line."""
        return str(self.python.with_name("eyeot"))

    @classmethod
    def made(cls, folder: Path, *plugins: str) -> "Environment":
        """One with the core and these of our plugins, built as they are released."""
        self = cls(folder)
        run(UV, "venv", "--quiet", "--python", sys.executable, str(folder / "env"))
        core, *others = [self.build(ROOT / name) for name in ("core", *plugins)]
        self.install(f"{core}[testing]", *others)
        return self

    def build(self, source: Path) -> str:
        """A wheel of a project; where it is."""
        out = self.folder / "wheels" / source.name
        run(UV, "build", "--quiet", "--wheel", "--out-dir", str(out), str(source))
        (wheel,) = out.glob("*.whl")
        return str(wheel)

    def install(self, *what: str) -> None:
        """Install wheels, or requirements as they were on the workspace's day."""
        run(UV, "pip", "install", "--quiet", "--exclude-newer", AS_OF, *self._here(), *what)

    def remove(self, name: str) -> None:
        """Take a distribution out."""
        run(UV, "pip", "uninstall", "--quiet", *self._here(), name)

    def _here(self) -> tuple[str, str]:
        return "--python", str(self.python)

    def test(self, project: Path) -> str:
        """Run a project's own tests; the last line."""
        told = run(str(self.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
        return told.strip().splitlines()[-1]

    def told(self, *command: str, also: Mapping[str, str] | None = None) -> Any:
        """What a command of the product answers, as JSON."""
        return json.loads(run(self.eyeot, *command, also=also))


def run(*command: str, cwd: Path = ROOT, also: Mapping[str, str] | None = None) -> str:
    """Run a program away from this workspace's environment; what it says."""
    hidden = ("EYEOT_", "PYTEST_", "VIRTUAL_ENV", "PYTHON", "COV_")
    clean = {n: v for n, v in os.environ.items() if not n.startswith(hidden)}
    done = subprocess.run(
        command, env={**clean, **(also or {})}, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    return done.stdout
