"""Headers: what every page tells the browser to refuse (OWASP ASVS 5, §3.4)."""

from collections.abc import Iterable


def policy(sends_to: Iterable[str] = ()) -> str:
    """The content security policy; `sends_to`: where else a form's answer may lead.

    Browsers hold redirects after a form to `form-action` as well, so consent names where it goes back to.
    """
    forms = " ".join(("'self'", *sends_to))
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
        f" base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
    )


ENCRYPTED = {"strict-transport-security": "max-age=31536000"}
"""For who is reached over https: never over anything else again (RFC 6797)."""
SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # `no-referrer` would also take the origin from our own forms, by which we know them as ours.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
