"""A real server, a real agent and a real browser; every page that is looked at is checked as it stands."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from functools import cache
from pathlib import Path

import axe_core_python
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from bailiwick.build import create_app
from bailiwick.flow.invitation import invite
from bailiwick.flow.secret_token import Kind
from bailiwick.sdk.agent import AgentSession
from bailiwick.web.visit import SESSION_COOKIE
from bench.seeded import AGENT, seeded

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
FLAGS += " --disable-component-update --disable-sync"
WORKFLOW = "timekeeping"
CONVERT = {"source_timezone": "Europe/Madrid", "target_timezone": "Asia/Tokyo"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Town:
    """The server in a thread of its own, and what an agent and an administrator would do there."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready: Future[None] = Future()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, args=(folder,))
        self._thread.start()
        self._ready.result(60)

    def _run(self, folder):
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(folder))

    async def _serve(self, folder):
        try:
            async with seeded(folder, self._listener.getsockname()[1]) as self.acme:
                app, gate = create_app(self.acme.installation)
                config = uvicorn.Config(app, lifespan="off", log_config=None, ws="none", timeout_graceful_shutdown=2)
                server = uvicorn.Server(config)
                async with gate.running(), AgentSession(self.url, AGENT, self.acme.key) as self._agent:
                    serving = asyncio.create_task(server.serve(sockets=[self._listener]))
                    self._ready.set_result(None)
                    await self._stop.wait()
                    server.should_exit = True
                    await serving
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
            raise

    def close(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)

    def wait_for(self, work):
        """Do asynchronous work in the server's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def link(self, nick):
        """A one-time sign-in link."""
        return self.wait_for(invite(self.acme.installation, self.acme.people[nick])).url

    def open(self, intent, requester=None):
        """A run of the agent, opened through the API with its own key."""
        return self.wait_for(self._agent.open_run(intent=intent, workflow=WORKFLOW, requester=requester))

    def call(self, run, tool, arguments):
        """One call through the gateway: what the agent is told."""
        return self.wait_for(run.call(f"time__{tool}", arguments))

    def ask(self, run, at):
        """A call that has to wait for people, another one for each time of day: the approval's id."""
        told = self.call(run, "convert_time", {**CONVERT, "time": at})["structuredContent"]
        assert told["status"] == "pending_approval", told
        return told["approval_id"]


class Window:
    """A page with its reading: nothing on the console, nothing that axe objects to, in either theme."""

    def __init__(self, page: Page, town: Town) -> None:
        self.page = page
        self.town = town
        self.troubles: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def _heard(self, message):
        # the browser reports every answer that is an error; whether one was due is for the journey to say
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.troubles.append(message.text)

    def go(self, path):
        """Open a page of the console and look at it."""
        answer = self.page.goto(path if path.startswith("http") else self.town.url + path)
        self.look()
        return answer

    def look(self):
        """Hold the page as it stands to the rules, light and dark; only contrast can differ between the two."""
        assert self.troubles == []
        self.page.emulate_media(color_scheme="light")
        assert self._axe(RULES) == [], self.page.url
        self.page.emulate_media(color_scheme="dark")
        assert self._axe(["color-contrast"]) == [], f"{self.page.url} in dark"

    def _axe(self, rules):
        """Run axe in a world of its own, so that the page's policy stays as strict as it is."""
        session = self.page.context.new_cdp_session(self.page)
        frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})["executionContextId"]
        kept = {"contextId": world, "awaitPromise": True, "returnByValue": True}
        if session.send("Runtime.evaluate", {"expression": "typeof axe", **kept})["result"]["value"] == "undefined":
            session.send("Runtime.evaluate", {"expression": f"{_axe_source()};0", **kept})
        asked = f"axe.run(document, {{resultTypes: ['violations'], runOnly: {rules}}})"
        told = f"{asked}.then(r => JSON.stringify(r.violations.map(v => [v.id, v.nodes.map(n => n.html)])))"
        found = session.send("Runtime.evaluate", {"expression": told, **kept})["result"]["value"]
        session.detach()
        return json.loads(found)


@cache
def _axe_source() -> str:
    return next(Path(axe_core_python.__file__).parent.rglob("axe.min.js")).read_text()


@pytest.fixture(scope="session")
def town(tmp_path_factory) -> Iterator[Town]:
    found = Town(tmp_path_factory.mktemp("town") / "data")
    yield found
    found.close()


@pytest.fixture(scope="session")
def browser(chromium) -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=str(chromium), args=FLAGS.split())
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, town):
    """Somebody's browser: `visit("director")` is signed in, `visit()` is nobody."""
    contexts, windows = [], []

    def opened(nick=None, **options):
        context = browser.new_context(reduced_motion="reduce", **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        window = Window(context.new_page(), town)
        windows.append(window)
        if nick:
            token = town.wait_for(town.acme.sign_in(nick, Kind.SESSION))
            context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": town.url}])
        return window

    yield opened
    for window in windows:
        assert window.troubles == []
    for context in contexts:
        context.close()
