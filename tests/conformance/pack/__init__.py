"""Pack: what the protocol's suite expects of a server that it tests, as a module of its own."""

from eyeot import Plugin
from tests.conformance.pack import asking, showing

plugin = Plugin(
    name="conformance",
    doc="Fixtures of the protocol's suite; on no deployment.",
    modules=(showing, asking),
)
