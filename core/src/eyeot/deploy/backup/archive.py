"""Archive: one zip file of tables and documents, and the manifest that vouches for each of them.

The manifest is written last and names every member with its size and SHA-256. A file is written aside
and given its name when it is whole, so what a killed backup leaves cannot be taken for one.
"""

import hashlib
import hmac
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated, Any, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FORMAT = 1
MANIFEST = "manifest.json"
_TABLE = re.compile(r"tables/[a-z][a-z0-9_]{0,62}\.copy")
_DOCUMENT = re.compile(r"documents/[0-9a-f-]{36}/[0-9a-f]{64}")
_PIECE = 256 * 1024
_LARGEST_MANIFEST = 256 * 1024 * 1024
_LABEL = b"eyeot backup manifest"


class BackupRefused(Exception):
    """A backup that cannot be made or used, with what to do instead."""


class Member(BaseModel):
    """What the manifest says of one file in the archive."""

    size: int
    sha256: str


class Table(Member):
    """A table: its columns in the order of the data, PostgreSQL's COPY text format."""

    columns: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]]
    rows: int
    tenant: bool
    """Whether its rows are written organisation by organisation."""


class Organisation(BaseModel):
    """An organisation whose data is in the archive."""

    id: str
    slug: str


class Manifest(BaseModel):
    """What the archive holds, and of which deployment at which moment."""

    model_config = ConfigDict(extra="forbid")

    format: int = FORMAT
    product: str
    taken_at: datetime
    """The moment of the snapshot: what was committed by then is in it, and nothing else."""
    postgresql: str
    storage: str
    """Where the bytes of documents were kept (EYEOT_STORAGE)."""
    revisions: list[str]
    """The migrations of the database, by branch."""
    modules: dict[str, str]
    organisations: list[Organisation]
    tables: dict[str, Table]
    documents: dict[str, Member]
    """By `<organisation>/<sha256>`."""
    damaged: list[str] = []
    """The documents whose bytes the store had lost or changed by then: they are not in the archive."""
    sequences: dict[str, tuple[int, bool]]
    months: list[Annotated[str, Field(pattern=r"^\d{4}-\d\d-01$")]] = []
    """The months that the audit has parts for, by their first day."""
    seal: str = ""
    """HMAC-SHA256 of all the above, under a key derived from the deployment's secret keys."""

    def sealed(self, secrets: Sequence[bytes]) -> "Manifest":
        """The manifest as its deployment vouches for it."""
        return self.model_copy(update={"seal": self._mac(secrets[0])})

    def vouched(self, secrets: Sequence[bytes]) -> bool:
        """Whether one of these keys made the seal."""
        return any(hmac.compare_digest(self._mac(one), self.seal) for one in secrets)

    def _mac(self, secret: bytes) -> str:
        key = HKDF(SHA256(), 32, None, _LABEL).derive(secret)
        told = self.model_copy(update={"seal": ""}).model_dump_json().encode()
        return hmac.digest(key, told, "sha256").hex()


class Sink:
    """A member being written: counts and digests what goes through."""

    def __init__(self, file: IO[bytes] | None) -> None:
        """`file`: where the bytes go; nowhere when only their digest is wanted."""
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    async def write(self, data: bytes) -> None:
        """Take the next bytes; a coroutine, as PostgreSQL's COPY hands them on."""
        if self._file is not None:
            self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """The digest so far."""
        return self._digest.hexdigest()


class Writer:
    """An archive being written."""

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise BackupRefused(f"{path} is there already; name another file.")
        self._path = path
        self._draft = path.with_name(f".{path.name}.part-{os.getpid()}")

    def __enter__(self) -> Self:
        try:
            handle = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as wrong:
            raise BackupRefused(f"{self._path} cannot be written: {wrong.strerror}.") from wrong
        self._file = os.fdopen(handle, "wb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=5)
        return self

    @contextmanager
    def member(self, name: str) -> Iterator[Sink]:
        """Write one member."""
        with self._zip.open(name, "w", force_zip64=True) as file:
            yield Sink(file)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, and give the file its name once the disk has all of it."""
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        # Fails when somebody else has made a file of that name meanwhile.
        os.link(self._draft, self._path)
        self._draft.unlink()
        _sync(self._path.parent)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if not self._file.closed:
            self._file.close()
        self._draft.unlink(missing_ok=True)


class Archive:
    """An archive that is read; nothing in it is believed before its digest is known to be right."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        try:
            self._zip = zipfile.ZipFile(self.path)
            self.manifest = self._manifest()
        except (OSError, zipfile.BadZipFile, EOFError) as wrong:
            raise BackupRefused(f"{self.path} is no whole backup: {wrong}.") from wrong
        self._check_names()
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _manifest(self) -> Manifest:
        names = self._zip.namelist()
        if names.count(MANIFEST) != 1 or self._zip.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
            raise BackupRefused(f"{self.path} is no whole backup: it has no manifest.")
        try:
            found = Manifest.model_validate_json(self._zip.read(MANIFEST))
        except ValidationError as wrong:
            raise BackupRefused(
                f"{self.path} is no backup that this version reads: {wrong.errors()[0]['msg']}."
            ) from wrong
        if found.format != FORMAT:
            raise BackupRefused(f"{self.path} has the format {found.format}; this reads {FORMAT}.")
        return found

    def _check_names(self) -> None:
        """The members are those of the manifest, each once and under a name that leads nowhere else."""
        members = dict(self.members())
        wanted = {*members, MANIFEST}
        there = self._zip.namelist()
        if odd := sorted(wanted.symmetric_difference(there)) or len(there) - len(wanted):
            raise BackupRefused(f"{self.path} is not what its manifest says: {str(odd)[:200]}.")
        for name in members:
            if not (_TABLE.fullmatch(name) or _DOCUMENT.fullmatch(name)):
                raise BackupRefused(
                    f"{self.path} has a member of an impossible name: {name[:80]!r}."
                )

    def members(self) -> Iterable[tuple[str, Member]]:
        """Every member with what the manifest says of it."""
        for name, table in self.manifest.tables.items():
            yield table_member(name), table
        for name, document in self.manifest.documents.items():
            yield document_member(name), document

    def read(self, name: str, told: Member) -> Iterator[bytes]:
        """The bytes of a member; `BackupRefused` at the end when they are not those of the manifest."""
        digest, size = hashlib.sha256(), 0
        try:
            with self._zip.open(name) as file:
                while piece := file.read(_PIECE):
                    size += len(piece)
                    if size > told.size:
                        break
                    digest.update(piece)
                    yield piece
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, zlib.error) as wrong:
            raise BackupRefused(f"{self.path}: {name} cannot be read: {wrong}.") from wrong
        if size != told.size or digest.hexdigest() != told.sha256:
            raise BackupRefused(f"{self.path}: {name} was changed or cut off; use another backup.")

    def verify(self) -> None:
        """Read all of it; `BackupRefused` names the first member that is wrong."""
        for name, told in self.members():
            for _ in self.read(name, told):
                pass


def table_member(name: str) -> str:
    """Where the rows of a table are."""
    return f"tables/{name}.copy"


def document_member(name: str) -> str:
    """Where the bytes of a document are."""
    return f"documents/{name}"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def told(manifest: Manifest) -> dict[str, Any]:
    """A manifest in short, for people and programs."""
    return {
        "taken_at": manifest.taken_at.isoformat(),
        "product": manifest.product,
        "revisions": manifest.revisions,
        "organisations": [one.slug for one in manifest.organisations],
        "tables": len(manifest.tables),
        "rows": sum(one.rows for one in manifest.tables.values()),
        "documents": len(manifest.documents),
        "damaged_documents": manifest.damaged,
    }
