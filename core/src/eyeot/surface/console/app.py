"""App: the console's addresses."""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eyeot.surface.console import licence
from eyeot.surface.console.language import language_of

ROOT = "/console"
_STYLE = f"{ROOT}/style.css"
_READS = ("GET", "HEAD")
_SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class ConsoleApp:
    """Serves the pages; knows nothing of any organisation."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("eyeot.surface.console"),
            autoescape=True,
            undefined=StrictUndefined,
        )
        self._style = files("eyeot.surface.console").joinpath("style.css").read_bytes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            await self._answer(Request(scope, receive))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if request.method not in _READS:
            return Response(status_code=405, headers={**_SAFE, "allow": ", ".join(_READS)})
        path = request.scope["path"]
        if path == _STYLE:
            kept = {**_SAFE, "cache-control": "max-age=3600"}
            return Response(self._style, headers=kept, media_type="text/css")
        language = language_of(request.headers.get("accept-language", ""))
        found = path == licence.PATH
        about = licence.told(request.query_params, language) if found else {}
        name = "licence.html" if found else "absent.html"
        page = self._templates.get_template(name).render(language=language, **about)
        headers = {**_SAFE, "content-language": language, "vary": "accept-language"}
        return Response(page, 200 if found else 404, headers, "text/html")
