"""Demo licence: a team pack for one company and one that ended for the other, under the demo's own key."""

import json
import os
from datetime import timedelta
from pathlib import Path

from joserfc.jwk import OKPKey

from eyeot.declare.ids import encode
from eyeot.declare.licence import EVERY, Pack
from eyeot.deploy.operator import Operator
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.runtime.licensing import Licensing, new_key, signed

FILE = "demo-licence.jwk"
_SEATS = 50
_LASTS, _ENDED = timedelta(days=3650), timedelta(days=30)


def demo_trust(data_dir: Path) -> Licensing:
    """What trusts the demo key of a data directory, if `--demo` ever made one there."""
    path = data_dir / FILE
    return Licensing([OKPKey.import_key(json.loads(path.read_text()))] if path.exists() else ())


async def license_demo(engine: Engine, data_dir: Path, slug: str, ended: str) -> None:
    """Give one company a team pack, and the other one that ended, unless they have them."""
    for one in (slug, ended):
        await license_company(engine, data_dir, one, over=one == ended)


async def license_company(engine: Engine, data_dir: Path, slug: str, *, over: bool = False) -> None:
    """Give a company its pack, unless it has it; `over`: one that ended."""
    key = _kept(data_dir / FILE)
    engine.credentials.licensing.trust(key)
    operator = await Operator.of(engine, slug)
    standing, operator.licence = operator.licence, None
    if standing and standing.pack and not standing.untrusted:
        return
    now = wall_clock()
    until = now - _ENDED if over else now + _LASTS
    pack = Pack(
        id=f"demo-{now:%Y%m%d%H%M%S}",
        org=encode("org", operator.org_id),
        holder=operator.name,
        plan="team",
        seats=_SEATS,
        modules=(EVERY,),
        issued_at=now,
        valid_from=until - 2 * _LASTS,
        valid_until=until,
        key=key.kid or "",
    )
    clock = operator.engine.clock
    if over:
        # As it was installed while it was valid.
        operator.engine.clock = lambda: until - _ENDED
    try:
        await operator.call("core.licence.activate", key=signed(pack, key))
    finally:
        operator.engine.clock = clock


def _kept(path: Path) -> OKPKey:
    if path.exists():
        return OKPKey.import_key(json.loads(path.read_text()))
    key = new_key("demo")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(key.as_dict(private=True), file)
    return key
