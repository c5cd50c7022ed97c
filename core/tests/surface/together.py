"""Together: what every stand-in for the engine does with several calls at once: one after the other."""

from collections.abc import Sequence

from eyeot.runtime.request import NO_KEYS, Answer, BatchAnswer, Keys, Request


class Together:
    """Runs the calls of a batch by `execute`."""

    async def execute(self, request: Request) -> Answer:
        """One call."""
        raise NotImplementedError

    async def execute_all(
        self, requests: Sequence[Request], *, dry_run: bool, keys: Keys = NO_KEYS
    ) -> BatchAnswer:
        """Every call, in order."""
        for one in requests:
            one.dry_run, one.keys = dry_run, keys
        return BatchAnswer(results=[(await self.execute(one)).result for one in requests])
