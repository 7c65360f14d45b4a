"""The console without a socket, and people in front of it."""

import re
from contextlib import asynccontextmanager

import httpx2

from bailiwick.flow.secret_token import Kind
from bailiwick.web.app import create_console
from bailiwick.web.visit import SESSION_COOKIE


class Doorstep:
    """The console of a seeded installation, and browsers in front of it."""

    def __init__(self, acme):
        self.acme = acme
        self.here = acme.installation
        self._app = create_console(self.here)

    @asynccontextmanager
    async def browser(self, cookie="", **headers):
        transport = httpx2.ASGITransport(app=self._app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=self.here.public_url, headers=headers) as client:
            if cookie:
                client.cookies.set(SESSION_COOKIE, cookie)
            yield client

    @asynccontextmanager
    async def signed_in(self, nick):
        async with self.browser(await self.acme.sign_in(nick, Kind.SESSION)) as client:
            yield client

    async def send(self, client, page, path, form, **more):
        """Fill in the form that `page` shows."""
        shown = (await client.get(page)).text
        found = re.search(r'name="csrf" value="(\w+)"', shown)
        assert found, shown
        return await client.post(path, data={"csrf": found[1], **form}, **more)
