"""Sizes: files and functions small enough to be read at once (CONTRIBUTING.md)."""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 40


def _sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    # Migrations are written by a program and never edited again.
    return [ROOT / name for name in listed if "/migrations/" not in name]


def test_no_file_is_longer_than_a_person_reads() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _sources()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not long


def test_no_function_is_longer_than_a_screen() -> None:
    long = {}
    for path in _sources():
        if "/tests/" in f"/{path.relative_to(ROOT)}":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert not long
