"""Server: the product with the pack, started as `tests.demo` starts one.

python -m tests.conformance.pack.server --port 8000
"""

import argparse
import asyncio
import json

import uvicorn

from eyeot import app
from eyeot.deploy import database
from eyeot.deploy.operator import open_organisation
from eyeot.deploy.settings import load
from eyeot.runtime.engine import Engine
from eyeot.surface.mcp import McpApp
from tests.conformance.pack import plugin
from tests.conformance.pack.lane import Lane
from tests.conformance.pack.methods import mapping

PATH = "/api/v1/mcp"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    settings = load()
    plugins, _ = app.load_plugins()
    catalogue = app.catalogue_of([*plugins, plugin])
    with database.running(settings) as urls:

        async def serve() -> None:
            await database.ready(settings, urls, plugins)
            url = f"http://127.0.0.1:{port}"
            engine = await app.start(catalogue, urls.app, urls.relay, public_url=url)
            told = {"endpoint": url + PATH, "org": "suite", "key": await _key(engine)}
            (settings.data_dir / "demo.json").write_text(json.dumps(told))
            lane = Lane()
            site = lane.before(McpApp(engine, methods=mapping(lane)))
            config = uvicorn.Config(
                site, port=port, interface="asgi3", lifespan="off", log_level="warning"
            )
            await uvicorn.Server(config).serve()
            await app.stop(engine)

        asyncio.run(serve())


async def _key(engine: Engine) -> str:
    operator = await open_organisation(engine, "suite", legal_name="Suite SARL")
    held = engine.catalogue.everything.permissions
    scopes = sorted(one for one in held if one != "*")
    made = await operator.call("core.api_key.create", name="suite", scopes=scopes)
    key: str = made.result["key"]
    return key


if __name__ == "__main__":
    main()
