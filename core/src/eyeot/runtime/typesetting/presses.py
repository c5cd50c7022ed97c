"""Presses: a few processes that typeset, begun when they are first needed."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from eyeot.declare.layout import Layout
from eyeot.runtime.typesetting import press
from eyeot.runtime.typesetting.press import LENGTH

_MOST_PAPERS = 500
"""After so many a press is begun anew, so that none grows."""
_MOST_PRESSES = 4


class NotTypeset(Exception):
    """A paper could not be made, and why."""


class Lost(NotTypeset):
    """A press gave no answer, and is of no more use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one paper may take."""

    seconds: float = 20.0
    pages: int = 500


@dataclass(eq=False, slots=True)
class _Press:
    process: asyncio.subprocess.Process
    made: int = 0

    async def make(self, asked: bytes) -> bytes:
        """The PDF, or `NotTypeset`."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        stdin.write(len(asked).to_bytes(LENGTH) + asked)
        await stdin.drain()
        head = await stdout.readexactly(1 + LENGTH)
        told = await stdout.readexactly(int.from_bytes(head[1:]))
        self.made += 1
        if head[:1] != b"+":
            raise NotTypeset(told.decode(errors="replace")[:1000])
        return told

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


class Presses:
    """Papers one after the other, as many side by side as there are processors."""

    def __init__(self, layouts: Iterable[Layout] = (), bounds: Bounds | None = None) -> None:
        self._layouts = {one.name: one for one in layouts}
        self.bounds = bounds or Bounds()
        self._size = max(1, min(_MOST_PRESSES, os.cpu_count() or 1))
        self._turns = asyncio.Semaphore(self._size)
        self._idle: list[_Press] = []
        self._root: Path | None = None

    @property
    def root(self) -> Path:
        """The folder that papers are made from: the pieces, the layouts, and what is attached."""
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="eyeot-paper-"))
            with as_file(files("eyeot.runtime.typesetting") / "paper") as pieces:
                shutil.copytree(pieces, self._root, dirs_exist_ok=True)
            (self._root / "layouts").mkdir()
            (self._root / "files").mkdir()
            for one in self._layouts.values():
                if one.file:
                    text = one.file.read_text(encoding="utf-8")
                    (self._root / "layouts" / f"{one.name}.typ").write_text(text, encoding="utf-8")
        return self._root

    def place(self, layout: Layout) -> str:
        """Where a layout lies in the folder."""
        return f"/layouts/{layout.name}.typ" if layout.file else "/letter.typ"

    async def make(self, asked: bytes) -> bytes:
        """What a press makes of it; `NotTypeset` when it is too long, too large or cannot be read."""
        async with self._turns, self._press() as one:
            try:
                async with asyncio.timeout(self.bounds.seconds):
                    return await one.make(asked)
            except TimeoutError:
                raise Lost(f"it takes longer than {self.bounds.seconds:g} seconds") from None
            except (asyncio.IncompleteReadError, ConnectionError):
                raise Lost("it takes more memory than a paper may") from None

    @asynccontextmanager
    async def _press(self) -> AsyncIterator[_Press]:
        one = self._idle.pop() if self._idle else await self._begun()
        answered = False
        try:
            yield one
            answered = True
        except Lost:
            raise
        except NotTypeset:
            answered = True
            raise
        finally:
            # Of one that did not answer nobody knows what it would say next.
            if answered and one.made < _MOST_PAPERS:
                self._idle.append(one)
            else:
                await one.end()

    async def _begun(self) -> _Press:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(press.__file__),
            str(self.root),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return _Press(process)

    async def close(self) -> None:
        """End them, and take the folder away."""
        while self._idle:
            await self._idle.pop().end()
        if self._root:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None
