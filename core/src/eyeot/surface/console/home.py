"""Home: where somebody arrives who has signed in."""

from starlette.responses import Response

from eyeot.surface.pages import Page, Visit


async def show(visit: Visit) -> Response:
    """What there is."""
    return visit.page("home.html")


PAGES = (Page(path="/console/", show=show),)
