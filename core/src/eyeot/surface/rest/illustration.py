"""Illustration: an action's example as the document shows it, with what look like real ids."""

import re
from typing import Any
from uuid import UUID

from eyeot.declare import ids
from eyeot.declare.record import records

_PLACEHOLDER = re.compile(r"\$(?P<all>\*)?(?P<kind>[a-z][a-z0-9]*\.[a-z][a-z0-9_]*)(\?.*)?")
_SOME_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
_OTHER_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8058")


def illustrated(value: Any) -> Any:
    """The example with `$crm.lead`, which stands for the id of one, and `$*crm.lead`, for all, as ids."""
    if isinstance(value, dict):
        return {name: illustrated(one) for name, one in value.items()}
    if isinstance(value, list):
        return [illustrated(one) for one in value]
    found = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    if found is None or found["kind"] not in records:
        return value
    prefix = records[found["kind"]].meta.prefix
    some = ids.encode(prefix, _SOME_ID)
    # All of them are more than one, as what joins several asks for.
    return [some, ids.encode(prefix, _OTHER_ID)] if found["all"] else some
