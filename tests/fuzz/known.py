"""Known: defects that were found here and are not mended yet; `test_found.py` has each alone.

An action's name, the failure's code, and a part of what it says. Empty is the goal.
"""

KNOWN: tuple[tuple[str, str, str], ...] = ()
