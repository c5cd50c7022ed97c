"""Sending: the headers without which no answer leaves, whoever gives it (OWASP ASVS 5, §3.4, §4.1)."""

from starlette.types import Message, Send

_LEAST = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
)


def guarded(send: Send) -> Send:
    """The same, with what an answer does not say itself of how a browser may take it."""

    async def give(message: Message) -> None:
        if message["type"] == "http.response.start":
            told = list(message.get("headers", ()))
            said = {name.lower() for name, _ in told}
            told += [one for one in _LEAST if one[0] not in said]
            message = {**message, "headers": told}
        await send(message)

    return give
