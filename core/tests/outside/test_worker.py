"""The worker as it is run: `eyeot worker`, killed in the middle and started again."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from sys import executable

import asyncpg
import pytest

from core.tests.deploy.deployment import Deployment
from core.tests.outside.conftest import SECRETS
from core.tests.outside.receiver import LOOPBACK, receiving
from eyeot.deploy import roles
from eyeot.deploy.operator import open_organisation
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.outgoing import Outgoing
from eyeot.runtime.outside import Outside

_TEAMS, _NAMES = 8, 4


@pytest.fixture
async def deployment(catalogue: Catalogue) -> AsyncIterator[Deployment]:
    """A database that no other test's workers look into."""
    folder = Path(tempfile.mkdtemp(prefix="eyeot-worker-"))
    folder.chmod(0o711)
    made = Deployment(folder, catalogue)
    made.postgres.start()
    await made.migrate()
    yield made
    made.postgres.stop()
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _worker(
    deployment: Deployment, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker that has begun; killed when the block ends."""
    environment = {
        "PATH": os.defpath,
        "EYEOT_DATA_DIR": str(folder),
        "EYEOT_DATABASE_URL": deployment.postgres.url(roles.APP),
        "EYEOT_DATABASE_RELAY_URL": deployment.postgres.url(roles.RELAY),
        "EYEOT_SECRET_KEYS": SECRETS[0].decode(),
        "EYEOT_WEBHOOK_ALLOW": "127.0.0.0/8",
    }
    command = Path(executable).with_name("eyeot")
    process = await asyncio.create_subprocess_exec(
        command, "worker", env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout
        assert b"worker" in await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_every_event_arrives_in_order_though_workers_are_killed_while_they_send(
    deployment: Deployment, tmp_path: Path
) -> None:
    async with receiving() as receiver, deployment.engine() as engine:
        engine.outside = Outside(secrets=lambda: SECRETS, http=Outgoing(allowed=LOOPBACK))
        operator = await open_organisation(engine, "killed", legal_name="Démo SAS")
        given = {"url": receiver.url(), "events": ["core.team.*"]}
        await operator.call("core.webhook_endpoint.create", **given)
        for at in range(_TEAMS):
            made = (await operator.call("core.team.create", name=f"Nord {at}")).result
            for name in range(1, _NAMES):
                await operator.call("core.team.update", id=made["id"], name=f"Nord {at} {name}")
        receiver.held = asyncio.Event()
        async with _worker(deployment, tmp_path) as dying:
            while not receiver.got:
                await asyncio.sleep(0.01)
            dying.send_signal(signal.SIGKILL)
            await dying.wait()
        receiver.held.set()
        begun = len(receiver.got)
        await _leases_run_out(deployment)
        async with _worker(deployment, tmp_path), _worker(deployment, tmp_path):
            while await _waiting(deployment):
                await asyncio.sleep(0.05)

    ids = [one.id for one in receiver.got]
    assert len(set(ids)) == _TEAMS * _NAMES
    # What was in the dead worker's hands came once more, and nothing else did.
    assert len(ids) - len(set(ids)) <= begun
    for team in {one.told["data"]["id"] for one in receiver.got}:
        mine = [one for one in receiver.got if one.told["data"]["id"] == team]
        seen = list(dict.fromkeys(one.id for one in mine))
        assert seen == sorted(seen)
        assert [one.told["type"] for one in mine][-1] == "core.team.updated"


async def _leases_run_out(deployment: Deployment) -> None:
    admin = await asyncpg.connect(deployment.postgres.admin_url)
    await admin.execute(
        "UPDATE core_webhook_delivery SET lease_until = now() WHERE claim IS NOT NULL"
    )
    await admin.close()


async def _waiting(deployment: Deployment) -> int:
    admin = await asyncpg.connect(deployment.postgres.admin_url)
    found: int = await admin.fetchval(
        "SELECT (SELECT count(*) FROM core_outbox WHERE done_at IS NULL)"
        " + (SELECT count(*) FROM core_webhook_delivery WHERE status <> 'delivered')"
    )
    await admin.close()
    return found
