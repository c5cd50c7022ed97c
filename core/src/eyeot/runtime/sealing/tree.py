"""Tree: the Merkle tree hash of RFC 9162 §2.1, grown leaf by leaf."""

from hashlib import sha256

HASH = 32
"""Bytes of a hash."""


def leaf_hash(header: str, payload_hash: bytes) -> bytes:
    """H(0x00 ‖ header ‖ H(salt ‖ payload))."""
    return sha256(b"\x00" + header.encode() + payload_hash).digest()


def payload_hash(salt: bytes, payload: str) -> bytes:
    """H(salt ‖ payload): what stays of a payload once it and its salt are erased."""
    return sha256(salt + payload.encode()).digest()


class Tree:
    """A tree of which only the roots of its perfect subtrees are known, the largest first."""

    def __init__(self, size: int = 0, peaks: bytes = b"") -> None:
        if len(peaks) != size.bit_count() * HASH:
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees")
        self.size = size
        self._peaks = [peaks[at : at + HASH] for at in range(0, len(peaks), HASH)]

    def add(self, leaf: bytes) -> None:
        """Put a leaf's hash at the end."""
        size, node = self.size, leaf
        while size & 1:
            node = sha256(b"\x01" + self._peaks.pop() + node).digest()
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    @property
    def peaks(self) -> bytes:
        """The roots of its perfect subtrees, one after the other."""
        return b"".join(self._peaks)

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves."""
        if not self._peaks:
            return sha256(b"").digest()
        *lefts, node = self._peaks
        for left in reversed(lefts):
            node = sha256(b"\x01" + left + node).digest()
        return node
