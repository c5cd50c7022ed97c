"""The peer: the official SDK's server with one tool that answers its argument."""

import sys

import uvicorn
from mcp.server import MCPServer


def main(port: int) -> None:
    server = MCPServer("echo", log_level="ERROR")

    @server.tool()
    async def echo(text: str) -> str:
        """Answer the text."""
        return text

    app = server.streamable_http_app(
        streamable_http_path="/api/v1/mcp", json_response=True, stateless_http=True
    )
    uvicorn.run(
        app, port=port, loop="uvloop", http="httptools", log_level="error", access_log=False
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
