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
_OF_ACTION = {
    "core.agent_client.create": "agents/new",
    "core.api_key.create": "keys/new",
    "core.organization.switch_context": "account",
    "core.role.create": "roles/new",
    "core.user.invite": "users/new",
    "core.user.set_out_of_office": "account",
    "core.user.set_profile": "account",
}
"""Those that are done elsewhere than where their records are listed."""
_ASK = "Ask a person to do it in the console"
_WAYS = {
    "core.oauth_grant.create": (
        "A person connects an app from the app itself, and decides on the page that it opens; those"
        " connected are at"
    ),
    "core.user.bulk_create": (
        "Ask a person to invite them one by one in the console, or the operator to run 'eyeot call"
        " core.user.bulk_create'"
    ),
    "core.user.set_out_of_office": "Ask the person who is away to say so in the console",
    "core.user.transfer_work": (
        "Ask the operator to run 'eyeot call core.user.transfer_work'; a person in the console hands work"
        " over when somebody leaves for good"
    ),
}


def page_of(kind: str, public_url: str, action: str = "") -> str:
    """The address for an action, else for records of a kind; of the start page where neither has one."""
    return f"{public_url}/console/{_OF_ACTION.get(action) or _PAGES.get(kind, '')}"


def way_of(kind: str, action: str = "") -> str:
    """What is to be done there, in words for who was refused."""
    if action in _WAYS:
        return _WAYS[action]
    if kind in _PAGES or action in _OF_ACTION:
        return _ASK
    return f"{_ASK}, or while it has no page there the operator with 'eyeot call'"
