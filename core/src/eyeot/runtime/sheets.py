"""Sheets: rows written as a file that people and programs open, one row at a time."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Protocol
from zoneinfo import ZoneInfo

import orjson
import xlsxwriter

from eyeot.declare.query import Form

# What a spreadsheet would take for a formula; a telephone or a number is none.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_HARMLESS = re.compile(r"[+\-]?[\d\s.,()]*")
_EXACT_DIGITS = 15
_LONGEST_CELL = 32_767


class Sheet(Protocol):
    """A file being written."""

    def row(self, cells: Sequence[Any], told: dict[str, Any]) -> None:
        """Write a record: as cells, and as it is answered."""

    def close(self) -> None:
        """Finish the file."""


class Csv:
    """RFC 4180, UTF-8 with a mark that spreadsheets look for; `;` and decimal comma in French."""

    def __init__(self, file: BinaryIO, heads: Sequence[str], locale: str, zone: ZoneInfo) -> None:
        self._zone = zone
        self._comma = locale.startswith("fr")
        self._text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text, delimiter=";" if self._comma else ",")
        self._writer.writerow(heads)

    def row(self, cells: Sequence[Any], told: dict[str, Any]) -> None:  # noqa: ARG002 - see Sheet
        """Write a line."""
        self._writer.writerow([self._cell(one) for one in cells])

    def _cell(self, value: Any) -> str:
        if isinstance(value, Decimal):
            text = format(value, "f")
            return text.replace(".", ",") if self._comma else text
        if isinstance(value, datetime):
            return value.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
        return guarded(_text(value))

    def close(self) -> None:
        """Leave the file open for who reads it."""
        self._text.detach()


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{text}" if _FORMULA.match(text) and not _HARMLESS.fullmatch(text) else text


class Xlsx:
    """A workbook with real numbers and dates, rows written out as they come."""

    def __init__(self, file: BinaryIO, heads: Sequence[str], day: date, zone: ZoneInfo) -> None:
        options = {"constant_memory": True, "remove_timezone": True, "in_memory": False}
        self._book = xlsxwriter.Workbook(file, options)
        # Else the file would differ from one second to the next, and its digest with it.
        self._book.set_properties({"created": datetime(day.year, day.month, day.day)})  # noqa: DTZ001
        self._sheet = self._book.add_worksheet()
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._zone = zone
        self._at = 0
        bold = self._book.add_format({"bold": True})
        for column, head in enumerate(heads):
            self._sheet.write_string(0, column, head, bold)
        self._sheet.freeze_panes(1, 0)

    def row(self, cells: Sequence[Any], told: dict[str, Any]) -> None:  # noqa: ARG002 - see Sheet
        """Write a line."""
        self._at += 1
        for column, value in enumerate(cells):
            if value is not None:
                self._write(column, value)

    def _write(self, column: int, value: Any) -> None:
        if isinstance(value, bool):
            self._sheet.write_boolean(self._at, column, value)
        elif isinstance(value, datetime):
            local = value.astimezone(self._zone)
            self._sheet.write_datetime(self._at, column, local, self._moment)
        elif isinstance(value, date):
            self._sheet.write_datetime(self._at, column, value, self._day)
        elif isinstance(value, int | Decimal) and _exactly(value):
            self._sheet.write_number(self._at, column, float(value))
        else:
            self._sheet.write_string(self._at, column, _text(value)[:_LONGEST_CELL])

    def close(self) -> None:
        """Write the workbook around its rows."""
        self._book.close()


def _exactly(value: int | Decimal) -> bool:
    """Whether a spreadsheet's numbers, of fifteen digits, can hold it."""
    return len(Decimal(value).normalize().as_tuple().digits) <= _EXACT_DIGITS


class JsonLines:
    """One JSON object a line, as the record is answered."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def row(self, cells: Sequence[Any], told: dict[str, Any]) -> None:  # noqa: ARG002 - see Sheet
        """Write a line."""
        self._file.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        """Nothing is left to write."""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if isinstance(value, list | dict):
        return orjson.dumps(value, default=str).decode()
    return value.isoformat() if isinstance(value, date) else str(value)


def sheet(file: BinaryIO, form: Form, heads: Sequence[str], told: dict[str, Any]) -> Sheet:
    """A file of that form; `told`: the reader's locale and zone, and the day."""
    zone = ZoneInfo(told["zone"])
    if form == "csv":
        return Csv(file, heads, told["locale"], zone)
    if form == "xlsx":
        return Xlsx(file, heads, told["day"], zone)
    return JsonLines(file)


def written(
    form: Form, heads: Sequence[str], rows: Iterable[Sequence[Any]], told: dict[str, Any]
) -> bytes:
    """A whole file of rows that are in hand."""
    file = io.BytesIO()
    made = sheet(file, form, heads, told)
    for cells in rows:
        made.row(cells, dict(zip(heads, cells, strict=True)))
    made.close()
    return file.getvalue()
