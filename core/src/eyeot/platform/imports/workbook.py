"""Workbooks: XLSX files read by a process of their own, since a small one may want any amount of memory.

The reader makes a dense table of whatever cells a file names and copies its texts, and aborts its whole
process when that does not fit: run as a script, this module is the process that may be lost.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space."""
SECONDS = 60
"""Of processor time."""
_UNREADABLE = 3


class Unreadable(ValueError):
    """It is no workbook, or one that takes too much to read."""


def sheet(file: BinaryIO) -> Iterator[list[Any]]:
    """The rows of a workbook's first sheet, as JSON has them; `Unreadable` where they end too soon."""
    file.seek(0)
    with tempfile.TemporaryFile() as given:
        while piece := file.read(1024 * 1024):
            given.write(piece)
        given.seek(0)
        reader = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__))],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    assert reader.stdout
    try:
        for line in reader.stdout:
            with suppress(orjson.JSONDecodeError):
                # The last line of a reader that was lost may be half a line.
                yield orjson.loads(line)
        ended = reader.wait()
    finally:
        reader.kill()
        reader.stdout.close()
        reader.wait()
    if ended == _UNREADABLE:
        raise Unreadable("is not a workbook that can be read")
    if ended:
        raise Unreadable("takes too much memory or time to read; save its sheet as CSV")


def _read() -> int:
    """Write the rows of the workbook on standard input to standard output, within bounds."""
    # The process that may be lost needs nothing of these elsewhere.
    import io  # noqa: PLC0415
    import resource  # noqa: PLC0415

    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        for cells in book.get_sheet_by_index(0).iter_rows():
            sys.stdout.buffer.write(orjson.dumps(cells, default=_plain) + b"\n")
    except (CalamineError, OSError, ValueError, IndexError):
        return _UNREADABLE
    sys.stdout.buffer.flush()
    return 0


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


if __name__ == "__main__":
    sys.exit(_read())
