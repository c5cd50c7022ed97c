"""Crowd: how many calls one process has under way, and what share of them one organisation may take."""

from uuid import UUID

from eyeot.declare.problem import Unavailable


class Crowd:
    """Places for calls; who finds none is answered 503 at once, before memory or connections run out."""

    def __init__(self, most: int = 512, share: float = 0.5) -> None:
        """`share`: of the places, for one organisation."""
        self.most, self.each = most, max(1, int(most * share))
        self.inside = 0
        self._by: dict[UUID, int] = {}

    def enter(self, org_id: UUID) -> None:
        """Take a place, to be left again, or `Unavailable`."""
        ours = self._by.get(org_id, 0)
        if self.inside >= self.most:
            raise Unavailable(reason="Too many calls are under way.", retry_after=1)
        if ours >= self.each:
            raise Unavailable(
                reason=f"This organisation has {ours} calls under way, which is its share.",
                retry_after=1,
            )
        self.inside += 1
        self._by[org_id] = ours + 1

    def leave(self, org_id: UUID) -> None:
        """Give the place back."""
        self.inside -= 1
        left = self._by[org_id] - 1
        if left:
            self._by[org_id] = left
        else:
            del self._by[org_id]
