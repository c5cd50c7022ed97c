"""Credentials: the keys and connected apps of an organisation, as pages name them."""

from dataclasses import dataclass

from eyeot.surface.pages import Visit


@dataclass(frozen=True, slots=True)
class Credential:
    """A key or a connected app."""

    id: str
    name: str
    address: str
    agent_id: str | None


async def credentials(visit: Visit) -> dict[str, Credential]:
    """Those that the person may see, by id; the newest, where there are very many."""
    found: dict[str, Credential] = {}
    if visit.may("core.api_key.list"):
        keys = await visit.every(
            "core.api_key.list", sort="-created_at", fields=["id", "name", "agent_id"]
        )
        for one in keys:
            address = f"/console/keys/{one['id']}"
            found[one["id"]] = Credential(one["id"], one["name"], address, one.get("agent_id"))
    if visit.may("core.oauth_grant.list"):
        grants = await visit.every(
            "core.oauth_grant.list", sort="-created_at", fields=["id", "client_name", "agent_id"]
        )
        for one in grants:
            address = f"/console/apps/{one['id']}"
            found[one["id"]] = Credential(
                one["id"], one["client_name"], address, one.get("agent_id")
            )
    return found
