"""Tables: the rows of a CSV, XLSX or JSON Lines file, whatever program wrote it."""

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO, Literal, cast

import orjson
from python_calamine import CalamineError, CalamineWorkbook

from eyeot.declare.problem import invalid

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


def lines(rows: Iterator[Row]) -> tuple[BinaryIO, int, list[str]]:
    """The rows as JSON Lines in a file, how many, and their columns; memory stays flat."""
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed by its user
    try:
        return file, *_written(rows, file)
    except BaseException:
        file.close()
        raise


def _written(rows: Iterator[Row], file: BinaryIO) -> tuple[int, list[str]]:
    columns: dict[str, None] = {}
    count = 0
    for row in rows:
        kept = {name: value for name, value in row.items() if value not in (None, "")}
        if not kept:
            continue
        count += 1
        if count > MOST_ROWS:
            raise invalid("content", f"has more than {MOST_ROWS:,} rows; import it in parts")
        columns.update(dict.fromkeys(kept))
        file.write(orjson.dumps(kept, default=_plain) + b"\n")
    if not count:
        raise invalid("content", "has no row under its column heads")
    if len(columns) > MOST_COLUMNS:
        raise invalid("content", f"has more than {MOST_COLUMNS} columns")
    return count, list(columns)


def rows_of(file: BinaryIO, form: Format) -> Iterator[Row]:
    """Every row by its column heads."""
    file.seek(0)
    readers = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl}
    return readers[form](file)


def _csv(file: BinaryIO) -> Iterator[Row]:
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
    heads: list[str] = []
    for at, cell in enumerate(cells, 1):
        name = " ".join(str(cell).split())[:100] or f"column {at}"
        heads.append(f"{name} ({at})" if name in heads else name)
    if not heads or all(one.startswith("column ") for one in heads):
        raise invalid("content", "its first line must name the columns")
    return heads


def _xlsx(file: BinaryIO) -> Iterator[Row]:
    try:
        sheets = CalamineWorkbook.from_filelike(file)
        found = sheets.get_sheet_by_index(0).iter_rows()
    except (CalamineError, OSError, ValueError, IndexError) as wrong:
        raise invalid("content", f"is not a workbook that can be read: {wrong}") from None
    heads: list[str] | None = None
    for cells in found:
        if heads is None:
            if any(cell not in (None, "") for cell in cells):
                heads = _heads([_cell(one) for one in cells])
            continue
        yield {name: _cell(value) for name, value in zip(heads, cells, strict=False)}


def _cell(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        # A spreadsheet knows no whole numbers: a SIREN is 732829320, not 732829320.0.
        return int(value)
    return value.strip() if isinstance(value, str) else value


def _jsonl(file: BinaryIO) -> Iterator[Row]:
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


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
