"""Pages: where in the console a person does what no key or token may."""

_PAGES = {
    "core.user": "users",
    "core.role": "roles",
    "core.user_role": "users",
    "core.team": "teams",
    "core.team_member": "teams",
    "core.api_key": "agents",
    "core.agent_client": "agents",
    "core.oauth_grant": "agents",
    "core.licence": "licence",
    "core.module": "modules",
}


def page_of(kind: str, public_url: str) -> str:
    """The address for records of a kind; of the start page where they have none of their own."""
    return f"{public_url}/console/{_PAGES.get(kind, '')}"


def way_of(kind: str) -> str:
    """What is to be done there, in words for who was refused."""
    if kind in _PAGES:
        return "Ask a person to do it in the console"
    return (
        "Ask a person to do it in the console, or while it has no page there the operator with"
        " 'eyeot call'"
    )
