"""Page: the files that a page of the documentation tells to write."""

import re
from pathlib import Path

_BLOCK = re.compile(r"^```python\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def files(page: Path) -> dict[str, str]:
    """Path and text of each file; blocks of one file follow each other."""
    found: dict[str, str] = {}
    for path, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        found[path] = f"{found[path]}\n\n{text}" if path in found else text
    return found
