"""The console as one ASGI app: pages for signed-in people, and nothing for agents."""

from starlette.applications import Starlette
from starlette.routing import Mount

from bailiwick.flow.installation import Installation
from bailiwick.web.page import STATIC_PATH, static_files


def create_console(installation: Installation) -> Starlette:
    """Everything below / that is neither the gateway nor the API."""
    app = Starlette(routes=[Mount(STATIC_PATH, static_files(), name="static")])
    app.state.installation = installation
    return app
