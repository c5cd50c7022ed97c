"""Contents: the bytes of documents, in files or in PostgreSQL."""

from eyeot.storage.contents.files import Files
from eyeot.storage.contents.rows import Chunks

__all__ = ["Chunks", "Files"]
