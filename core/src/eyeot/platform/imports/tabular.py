"""Tables: the rows of a CSV, XLSX or JSON Lines file, whatever program wrote it."""

import csv
import io
import tempfile
from collections.abc import Generator
from contextlib import closing
from typing import Any, BinaryIO, Literal, cast

import orjson

from eyeot.declare.problem import Problem, invalid
from eyeot.platform.imports.workbook import Unreadable, sheet

Format = Literal["csv", "xlsx", "jsonl"]
Row = dict[str, Any]
MOST_ROWS = 100_000
MOST_COLUMNS = 200
_IN_MEMORY = 4 * 1024 * 1024
_DELIMITERS = ";,\t|"
_SAMPLED = 16_384
_ZIP = b"PK\x03\x04"


def format_of(head: bytes, filename: str) -> Format:
    """What kind of file this is, from its first bytes, then its name."""
    if head.startswith(_ZIP):
        return "xlsx"
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") or filename.endswith(
        (".jsonl", ".ndjson")
    ):
        return "jsonl"
    return "csv"


def lines(rows: Generator[Row, None, None]) -> tuple[BinaryIO, int, list[str]]:
    """The rows as JSON Lines in a file, how many, and their columns; memory stays flat."""
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed by its user
    try:
        # Closed before its file is, also when no more of it is wanted.
        with closing(rows):
            return file, *_written(rows, file)
    except BaseException:
        file.close()
        raise


def _written(rows: Generator[Row, None, None], file: BinaryIO) -> tuple[int, list[str]]:
    columns: dict[str, None] = {}
    count = 0
    for row in rows:
        kept = {name: value for name, value in row.items() if value not in (None, "")}
        if not kept:
            continue
        count += 1
        if count > MOST_ROWS:
            raise invalid("content", f"has more than {MOST_ROWS:,} rows; import it in parts")
        if not kept.keys() <= columns.keys():
            if any("\x00" in name for name in kept):
                raise invalid("content", "a column's name holds a NUL character; save it as UTF-8")
            columns.update(dict.fromkeys(kept))
        file.write(_line(kept, count))
    if not count:
        raise invalid("content", "has no row under its column heads")
    if len(columns) > MOST_COLUMNS:
        raise _too_wide()
    return count, list(columns)


def _line(row: Row, number: int) -> bytes:
    try:
        return orjson.dumps(row) + b"\n"
    except orjson.JSONEncodeError as wrong:
        raise invalid("content", f"row {number} cannot be kept: {wrong}") from None


def rows_of(file: BinaryIO, form: Format) -> Generator[Row, None, None]:
    """Every row by its column heads."""
    file.seek(0)
    readers = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl}
    return readers[form](file)


def _csv(file: BinaryIO) -> Generator[Row, None, None]:
    head = file.read(_SAMPLED)
    file.seek(0)
    text = io.TextIOWrapper(file, _encoding(head), errors="replace", newline="")
    try:
        reader = csv.reader(text, delimiter=_delimiter(head))
        heads = _heads(next(reader, []))
        for cells in reader:
            yield dict(zip(heads, (cell.strip() for cell in cells), strict=False))
    except csv.Error as wrong:
        raise invalid("content", f"is not CSV: {wrong}") from None
    finally:
        text.detach()


def _encoding(head: bytes) -> str:
    """UTF-8, or what Excel writes in France when it is not."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _delimiter(head: bytes) -> str:
    """The sign that the line of heads has most of, outside of quotes."""
    text = head.decode(_encoding(head), "replace").partition("\n")[0]
    bare = "".join(text.split('"')[::2])
    return max(_DELIMITERS, key=bare.count)


def _heads(cells: list[Any]) -> list[str]:
    """The columns' names; an empty one is named by its place, and a repeated one numbered."""
    while cells and cells[-1] in (None, ""):
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise _too_wide()
    heads: list[str] = []
    for at, cell in enumerate(cells, 1):
        name = " ".join(str(cell).split())[:100] or f"column {at}"
        while name in heads:
            name = f"{name} ({at})"
        heads.append(name)
    if not heads or all(one.startswith("column ") for one in heads):
        raise invalid("content", "its first line must name the columns")
    return heads


def _too_wide() -> Problem:
    return invalid("content", f"has more than {MOST_COLUMNS} columns; leave out those not needed")


def _xlsx(file: BinaryIO) -> Generator[Row, None, None]:
    heads: list[str] | None = None
    try:
        for cells in sheet(file):
            if heads is not None:
                yield {name: _cell(value) for name, value in zip(heads, cells, strict=False)}
            elif any(cell not in (None, "") for cell in cells):
                heads = _heads([_cell(one) for one in cells])
    except Unreadable as wrong:
        raise invalid("content", str(wrong)) from None


def _cell(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        # A spreadsheet knows no whole numbers: a SIREN is 732829320, not 732829320.0.
        return int(value)
    return value.strip() if isinstance(value, str) else value


def _jsonl(file: BinaryIO) -> Generator[Row, None, None]:
    for at, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line.lstrip(b"\xef\xbb\xbf") if at == 1 else line)
        except orjson.JSONDecodeError as wrong:
            raise invalid("content", f"line {at} is not JSON: {wrong}") from None
        if not isinstance(row, dict):
            raise invalid("content", f"line {at} is not a JSON object")
        yield row
