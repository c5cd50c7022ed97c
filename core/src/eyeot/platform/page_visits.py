"""Page visits: what people outside opened and downloaded behind the links they were sent."""

from datetime import datetime

from eyeot.declare.anyref import RecordRef
from eyeot.declare.field import field
from eyeot.declare.public import Opening
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record


class PageVisit(
    Record,
    name="core.page_visit",
    prefix="pvi",
    label="what",
    index=(("record", "at"),),
    reach=Shared(),
    archivable=False,
):
    """That somebody who holds a link opened its page or took its file; repeats within a minute are one."""

    record: RecordRef = field("What it is about.", on_delete="CASCADE")
    what: Opening = field("What they did.")
    at: datetime = field("When.")
    network: str = field(
        "From where, shortened so that it names nobody: an IPv4 /24 or an IPv6 /48.", max_length=50
    )
