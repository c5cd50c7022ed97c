"""Press: a program that typesets what it is handed, one paper after the other, until its input ends.

It runs apart from the product, with nothing of it loaded: whatever a paper holds can neither block the loop
nor take the memory of those who serve.
"""

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

import typst

_MEMORY = 2 * 1024**3
_UNKNOWN = re.compile(r'the text `"(.*)"` could not be displayed')
_USUAL = re.compile(
    "[^\\s!-~\xa0-\u024f\u0370-\u03ff\u0400-\u045f\u1e00-\u1eff\u2010-\u2026\u202f\u2030\u20ac\u2122]"
)
_BLANK = "\u25a1"
"""Stands for what no font of ours can show."""

LENGTH = 8


def _blanked(text: str, error: str) -> str | None:
    """The data without what cannot be shown; None when that is not what is wrong."""
    if _UNKNOWN.search(error) is None:
        return None
    found = json.loads(text)
    told: str = json.dumps(_each(found, _USUAL), ensure_ascii=False)
    return told if told != text else None


def _each(value: Any, unusual: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return unusual.sub(_BLANK, value)
    if isinstance(value, dict):
        return {name: _each(one, unusual) for name, one in value.items()}
    return [_each(one, unusual) for one in value] if isinstance(value, list) else value


def _made(compiler: typst.Compiler, root: Path, asked: dict[str, Any]) -> bytes:
    inputs = {name: asked[name] for name in ("layout", "given", "minor")}
    for _ in range(2):
        try:
            made = compiler.compile(
                input=root / "main.typ",
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=[asked["standard"]],
                timestamp=asked["timestamp"],
            )
        except typst.TypstError as wrong:
            told = _blanked(inputs["given"], wrong.message)
            if told is None:
                raise
            inputs["given"] = told
        else:
            assert isinstance(made, bytes)
            return made
    raise ValueError("it holds signs that cannot be shown")


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(LENGTH)
    return source.read(int.from_bytes(head)) if len(head) == LENGTH else None


def main(folder: str) -> None:
    """Answer until nobody asks any more: a sign for well or ill, a length, and the PDF or what is wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    root, out = Path(folder), sys.stdout.buffer
    compiler = typst.Compiler(root=root, ignore_system_fonts=True)
    while (asked := _read(sys.stdin.buffer)) is not None:
        try:
            well, told = b"+", _made(compiler, root, json.loads(asked))
        except Exception as wrong:  # noqa: BLE001 - who asked is told, and the next may be better
            well, told = b"-", f"{type(wrong).__name__}: {wrong}".encode()
        out.write(well + len(told).to_bytes(LENGTH) + told)
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1])
