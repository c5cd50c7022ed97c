"""Clients: what to write into an MCP client so that it finds this deployment."""

import json

_PUBLIC = "needs a public https address: set EYEOT_PUBLIC_URL and put a proxy in front"


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _servers(endpoint: str, key: str) -> str:
    return json.dumps(
        {"mcpServers": {"eyeot": {"url": endpoint, "headers": _headers(key)}}}, indent=2
    )


def _vscode(endpoint: str, key: str) -> str:
    server = {"type": "http", "url": endpoint, "headers": _headers(key)}
    return json.dumps({"servers": {"eyeot": server}}, indent=2)


def _desktop(endpoint: str, key: str) -> str:
    arguments = ["-y", "mcp-remote", endpoint, "--header", f"Authorization:Bearer {key}"]
    told = json.dumps({"mcpServers": {"eyeot": {"command": "npx", "args": arguments}}}, indent=2)
    return f"# claude_desktop_config.json; needs Node on that machine\n{told}"


def _curl(endpoint: str, key: str) -> str:
    body = json.dumps(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "search", "arguments": {"query": "boulangerie"}},
        }
    )
    headers = f"-H 'Authorization: Bearer {key}' -H 'Content-Type: application/json'"
    return f"curl -s {endpoint} {headers} -d '{body}'"


def snippet(client: str, endpoint: str, key: str) -> str:
    """The configuration of one client."""
    if client == "claude-code":
        return f"claude mcp add --transport http eyeot {endpoint} --header 'Authorization: Bearer {key}'"
    if client == "chatgpt":
        public = endpoint.startswith("https://")
        how = (
            f"Settings → Apps → developer mode → add {endpoint}"
            if public
            else f"ChatGPT {_PUBLIC}."
        )
        return f"{how}\nIt takes no key: it opens a page on which you sign in and choose what it may do."
    made = {"cursor": _servers, "vscode": _vscode, "claude-desktop": _desktop, "curl": _curl}[
        client
    ]
    where = {"cursor": "# .cursor/mcp.json\n", "vscode": "# .vscode/mcp.json\n"}.get(client, "")
    return where + made(endpoint, key)


CLIENTS = ("claude-desktop", "claude-code", "cursor", "vscode", "chatgpt", "curl")
