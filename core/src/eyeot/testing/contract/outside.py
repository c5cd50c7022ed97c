"""Outside: what providers answer while the contract runs, so that examples which ask them run."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import orjson

from eyeot.runtime.engine import Engine
from eyeot.runtime.outgoing import Answered, Asked, Outgoing

Answers = Mapping[str, Callable[[str, str, bytes], Any]]
"""Provider → what it answers to a method, a path with its query, and a body: bytes, or what becomes JSON.

None is answered as 404.
"""


@dataclass(frozen=True, kw_only=True)
class _Doubles(Outgoing):
    """Answers by the provider's name in place of its host."""

    answers: Answers = field(default_factory=dict)

    async def ask(self, asked: Asked) -> Answered:
        """One exchange."""
        parts = urlsplit(asked.url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        name = (parts.hostname or "").removesuffix(".example")
        found = self.answers[name](asked.method, path, asked.body)
        if found is None:
            return Answered(404, {}, b"", 0.0)
        return Answered(200, {}, found if isinstance(found, bytes) else orjson.dumps(found), 0.0)


@contextmanager
def answering(engine: Engine, answers: Answers) -> Iterator[None]:
    """Have these providers switched on, and answered by functions."""
    before = engine.outside
    addresses = {name: f"https://{name}.example" for name in answers}
    keys = dict.fromkeys(answers, "key")
    doubles = _Doubles(answers=answers)
    engine.outside = replace(before, http=doubles, providers=addresses, keys=keys)
    try:
        yield
    finally:
        engine.outside = before
