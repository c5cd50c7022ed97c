"""Signature: who signed a text, and the proof of it."""

from typing import NamedTuple


class Signature(NamedTuple):
    """An Ed25519 signature (RFC 8032) of a text's UTF-8 bytes."""

    key: str
    """The public key by name, as signed notes write it: `name+id+base64`."""
    value: str
    """The 64 bytes, in base64."""
