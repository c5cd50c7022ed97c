"""Program: a client that runs while a person acts in the browser, and what it says meanwhile."""

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TextIO

PATIENCE = 60.0
_ADDRESS = re.compile(r"https?://\S+")


@dataclass
class Said:
    """Lines, kept as they come; the last of them when the program closed its output."""

    lines: list[str] = field(default_factory=list)
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)
    _over: bool = False

    async def hear(self, stream: asyncio.StreamReader) -> None:
        """Keep what comes, to the end."""
        while line := await stream.readline():
            async with self._more:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self._more.notify_all()
        async with self._more:
            self._over = True
            self._more.notify_all()

    async def line(self, part: str) -> str:
        """The first line that contains a text."""
        return await self._found(lambda: next((one for one in self.lines if part in one), None))

    async def address(self, part: str) -> str:
        """The first web address in or after the line that contains a text."""

        def found() -> str | None:
            _, _, rest = self.text.partition(part)
            address = _ADDRESS.search(rest)
            return address[0] if address else None

        return await self._found(found)

    async def _found(self, find: Callable[[], str | None]) -> str:
        async with asyncio.timeout(PATIENCE), self._more:
            await self._more.wait_for(lambda: self._over or find() is not None)
        told = find()
        assert told is not None, f"It never said so:\n{self.text}"
        return told

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)


@asynccontextmanager
async def started(command: Sequence[str], variables: Mapping[str, str]) -> AsyncIterator[Said]:
    """A program whose output is heard; killed when nobody waits for it any more."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=dict(variables)
    )
    assert process.stdout
    said = Said()
    hearing = asyncio.create_task(said.hear(process.stdout))
    try:
        yield said
        async with asyncio.timeout(PATIENCE):
            await hearing
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await hearing


@asynccontextmanager
async def overheard() -> AsyncIterator[tuple[TextIO, Said]]:
    """A file that somebody else's program may write to, and what was written there."""
    reading, writing = os.pipe()
    said, stream = Said(), asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reading, "rb")
    )
    hearing = asyncio.create_task(said.hear(stream))
    with os.fdopen(writing, "w") as file:
        try:
            yield file, said
        finally:
            file.close()
            await hearing
            transport.close()
