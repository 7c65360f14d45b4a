"""A seeded server on a thread of its own, and valid values for every operation, made fresh when asked for."""

import asyncio
import socket
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvicorn

from bailiwick.api.app import create_api
from bailiwick.core.behaviour import AcceptanceCheck, Component, ComponentKind
from bailiwick.core.refusal import Refusal
from bailiwick.flow.access_request import DenialSeal
from bailiwick.flow.behaviour import RegisterBehaviour, TestBehaviour
from bailiwick.flow.client_assertion import ASSERTION_TYPE, make_assertion
from bailiwick.flow.enrol import EnrolAgent
from bailiwick.flow.es256 import RANDOM_BYTES, SigningKey
from bailiwick.flow.invitation import invite
from bailiwick.flow.run import EndRun, OpenRun
from bailiwick.flow.stop import LiftHalt, SetHalt
from bench import stage_anchor, stage_question, stage_subject, stage_trial
from bench.seeded import AGENT, CATALOGUE, CHARTER, CONNECTOR, Seeded, seeded

SPARE: Final = "spare"
"""A connector that may be changed and halted without harm to the others."""
_READY_S: Final = 60
_SUBJECT: Final = {"type": "agent", "id": AGENT}
_RESOURCE: Final = {"type": "tool", "id": f"{CONNECTOR}__convert_time"}


@dataclass(slots=True)
class Wanted:
    """Values that an operation accepts: path parameters, a body, and a token if the usual one will not do."""

    path: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    token: str | None = None


@dataclass(slots=True)
class Stage:
    """The running server as the schema test sees it."""

    url: str
    house: Seeded
    loop: asyncio.AbstractEventLoop
    _made: int = 0

    def wanted(self, label: str) -> Wanted | None:
        """Fresh valid values for an operation such as `POST /v1/people`; None where anything will do."""
        maker = _MAKERS.get(label)
        return self._wait(maker(self)) if maker else None

    def token(self, label: str) -> str:
        """A token that the operation takes: an agent's own for runs, else the administrator's."""
        if label in ("POST /v1/runs", "POST /v1/runs/{run}/close"):
            return self._wait(self._agent_token(None))
        if label == "POST /v1/charters/{name}/second":
            return self.house.tokens["ana"]  # an owner agrees
        if label == "DELETE /v1/sessions/current":
            return self._wait(self.house.sign_in("admin"))
        return self.house.tokens["admin"]

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def number(self) -> int:
        """Another number every time."""
        self._made += 1
        return self._made

    async def calm(self) -> None:
        """Lift what the test has halted and begin another run, so that the agent can act."""
        here = self.house.installation
        for row in here.reader.rows("halt", limit=1000):
            await here.store.commit(LiftHalt(row["id"], "the test goes on", self.house.people["auditor"]))
        here.stops.read(here.reader)
        await self.house.begin()

    async def _agent_token(self, run: str | None) -> str:
        here = self.house.installation
        return here.issuer.issue(AGENT, run, 1, here.new_id("tok"), here.clock.now_us())

    async def token_form(self) -> Wanted:
        here = self.house.installation
        jti, now = here.new_id("jti"), here.clock.now_us()
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": make_assertion(self.house.key, AGENT, f"{self.url}/oauth/token", jti, now),
        }
        return Wanted(body=form)

    async def open_run(self) -> Wanted:
        return Wanted(body={"intent": "find a time for the call", "workflow": "timekeeping"})

    async def close_run(self) -> Wanted:
        run = await self.house.installation.store.commit(OpenRun(AGENT, 1, "find a time", "timekeeping"))
        return Wanted({"run": run["id"]}, {"outcome": "finished"}, await self._agent_token(run["id"]))

    async def sign_in(self) -> Wanted:
        return Wanted(body={"link": (await invite(self.house.installation, self.house.people["ana"])).url})

    async def sign_out(self) -> Wanted:
        return Wanted(token=await self.house.sign_in("admin"))

    async def own_password(self) -> Wanted:
        return Wanted(body={"password": "a clock that is sometimes wrong"}, token=await self.house.sign_in("change"))

    async def person(self) -> Wanted:
        return Wanted(body={"email": f"guest{self.number()}@acme.example", "name": "Guest", "roles": ["guest"]})

    async def person_id(self) -> Wanted:
        return Wanted({"person": self.house.people["guest"]})

    async def changed_person(self) -> Wanted:
        return Wanted({"person": self.house.people["guest"]}, {"roles": ["guest"]})

    async def spare(self) -> Wanted:
        settings = {"transport": "http", "url": "http://127.0.0.1:9/mcp", "vendor": "Acme", "responsible": "IT"}
        return Wanted({"name": SPARE}, settings)

    async def review(self) -> Wanted:
        return Wanted({"name": CONNECTOR}, {"next": "2040-06-30"})

    async def accepted(self) -> Wanted:
        """What a tool is anyhow; accepting that changes nothing."""
        here = self.house.installation
        tools = here.policies.tools(here.policies.catalogue_in_force(CONNECTOR)).catalogue.tools
        accept = {name: tool.definition_digest for name, tool in tools.items()}
        return Wanted({"name": CONNECTOR}, {"accept": accept, "note": "as it was"})

    async def secret(self) -> Wanted:
        return Wanted({"name": CONNECTOR}, {"values": {"ACME_TOKEN": "s3cr3t"}})

    async def connector(self) -> Wanted:
        return Wanted({"name": CONNECTOR})

    async def catalogue(self) -> Wanted:
        return Wanted({"name": CONNECTOR}, {"source": CATALOGUE})

    async def charter_text(self) -> Wanted:
        return Wanted(body={"source": CHARTER})

    async def charter(self) -> Wanted:
        source = CHARTER.replace("calls: 400", f"calls: {400 + self.number()}")
        return Wanted(body={"source": source, "note": "a few more calls"})

    async def charter_name(self) -> Wanted:
        return Wanted({"name": AGENT})

    async def question(self) -> Wanted:
        return Wanted(body={"tool": "time__get_current_time", "arguments": {"timezone": "Asia/Tokyo"}, "agent": AGENT})

    async def persona(self) -> Wanted:
        return Wanted({"name": "lead-router"})

    async def agent(self) -> Wanted:
        key = SigningKey.from_random(self.house.installation.random_bytes(RANDOM_BYTES)).public.jwk()
        return Wanted(body={"name": f"agent-{self.number()}", "charter": AGENT, "jwk": key})

    async def spare_agent(self) -> Wanted:
        wanted = (await self.agent()).body
        here = self.house.installation
        await here.store.commit(EnrolAgent(**wanted, by=self.house.people["admin"]))
        return Wanted({"name": wanted["name"]})

    async def run(self) -> Wanted:
        return Wanted({"run": self.house.run})

    async def action(self) -> Wanted:
        return Wanted({"action": self.house.installation.reader.rows("action", limit=1)[0]["id"]})

    async def lost_action(self) -> Wanted:
        await self.calm()
        body = {"outcome": "failed", "note": "looked at the wall: it shows another time"}
        return Wanted({"action": await self.house.lose()}, body)

    async def approval(self) -> Wanted:
        await self.calm()
        return Wanted({"approval": (await self.house.ask(self.number()))[0]})

    async def vote(self) -> Wanted:
        await self.calm()
        approval, digest = await self.house.ask(self.number())
        token = await self.house.sign_in("director")
        return Wanted({"approval": approval}, {"vote": "approve", "comment": "a good time", "digest": digest}, token)

    async def halt(self) -> Wanted:
        await self.calm()
        return Wanted({"scope": f"connector:{CONNECTOR}"}, {"reason": "the clock is wrong"})

    async def lift(self) -> Wanted:
        await self.calm()
        await self.house.installation.store.commit(SetHalt("all", "a drill", self.house.people["auditor"]))
        return Wanted({"scope": "all"}, {"reason": "the drill is over"})

    def _converting(self) -> dict[str, Any]:
        minute = self.number() % 1440
        arguments = {"source_timezone": "Europe/Madrid", "target_timezone": "Asia/Tokyo"}
        arguments["time"] = f"{minute // 60:02}:{minute % 60:02}"
        action = {"name": "time.clock.convert", "properties": {"arguments": arguments}}
        return {"subject": _SUBJECT, "action": action, "resource": _RESOURCE}

    async def evaluation(self) -> Wanted:
        return Wanted(body=self._converting())

    async def evaluations(self) -> Wanted:
        return Wanted(body={"subject": _SUBJECT, "resource": _RESOURCE, "evaluations": [self._converting(), {}]})

    async def search_subject(self) -> Wanted:
        return Wanted(body=self._converting() | {"subject": {"type": "agent"}, "page": {"limit": 1}})

    async def search_resource(self) -> Wanted:
        return Wanted(body=self._converting() | {"resource": {"type": "tool"}})

    async def search_action(self) -> Wanted:
        return Wanted(body={"subject": _SUBJECT, "resource": _RESOURCE, "context": {"askable": True}})

    async def access_request(self) -> Wanted:
        await self.calm()
        here, question = self.house.installation, self._converting()
        seal = DenialSeal(here.issuer, here.public_url)
        token, _ = seal.seal(question, here.new_id("evl"), here.clock.now_us())
        return Wanted(body=question | {"denial": {"binding_token": token, "expires_at": "2026-11-22T09:00:00Z"}})

    async def access_task(self) -> Wanted:
        await self.calm()
        return Wanted({"task": (await self.house.ask(self.number()))[0]})

    async def new_behaviour(self) -> Wanted:
        prompt = {"kind": "prompt", "name": "system", "value": f"Say the time, in words, {self.number()}."}
        return Wanted({"name": AGENT}, {"components": [prompt], "note": "other words"})

    async def behaviour(self) -> Wanted:
        return Wanted({"digest": (await self._registered())["id"]})

    async def component(self) -> Wanted:
        return Wanted({"digest": (await self._registered())["components"]["prompt/system"]})

    async def tested(self) -> Wanted:
        behaviour, run = await self._tried()
        return Wanted({"digest": behaviour}, {"run": run, "checks": [{"name": "says the zone", "passed": True}]})

    async def activated(self) -> Wanted:
        behaviour, run = await self._tried()
        unit = TestBehaviour(behaviour, run, (AcceptanceCheck("says the zone", True),), self.house.people["admin"])
        await self.house.installation.store.commit(unit)
        return Wanted({"digest": behaviour}, {"note": "tested"})

    async def _registered(self) -> dict[str, Any]:
        parts = (Component(ComponentKind.PROMPT, "system", f"Say the time, {self.number()}."),)
        unit = RegisterBehaviour(AGENT, parts, "other words", self.house.people["admin"])
        return await self.house.installation.store.commit(unit)

    async def _tried(self) -> tuple[str, str]:
        """A version and a finished run of it."""
        await self.calm()
        store, behaviour = self.house.installation.store, (await self._registered())["id"]
        opened = OpenRun(AGENT, 1, "try the words", "timekeeping", behaviour=behaviour, acceptance=True)
        self.house.run = (await store.commit(opened))["id"]
        await self.house.act("get_current_time", {"timezone": "Asia/Tokyo"})
        await store.commit(EndRun(self.house.run, AGENT))
        return behaviour, self.house.run

    async def event(self) -> Wanted:
        return Wanted({"index": self.number() % 20})


Values = Callable[[Stage], Coroutine[Any, Any, tuple[dict[str, Any], dict[str, Any]]]]


def _made(values: Values) -> Callable[[Stage], Coroutine[Any, Any, Wanted]]:
    async def make(stage: Stage) -> Wanted:
        path, body = await values(stage)
        return Wanted(path, body or None)

    return make


_MAKERS: Final[dict[str, Callable[[Stage], Coroutine[Any, Any, Wanted]]]] = {
    "GET /v1/charters/{name}/trial": _made(stage_trial.running_trial),
    "POST /v1/charters/{name}/trial": _made(stage_trial.new_trial),
    "PATCH /v1/charters/{name}/trial": _made(stage_trial.running_trial),
    "POST /v1/charters/{name}/trial/stop": _made(stage_trial.running_trial),
    "POST /v1/charters/{name}/trial/promote": _made(stage_trial.promoted_trial),
    "GET /v1/charters/{name}/trial/changes": _made(stage_trial.running_trial),
    "GET /v1/charters/{name}/trial/untold": _made(stage_trial.running_trial),
    "POST /v1/charters/compare": _made(stage_trial.comparison),
    "POST /v1/charters/{name}/second": _made(stage_trial.proposal),
    "POST /v1/charters/{name}/withdraw": _made(stage_trial.withdrawn),
    "POST /v1/charters/{name}/rollback": _made(stage_trial.rollback),
    "GET /v1/charters/{name}/tags": _made(stage_trial.tagged),
    "PUT /v1/charters/{name}/tags/{tag}": _made(stage_trial.tag),
    "POST /v1/charters/whatif": _made(stage_trial.whatif),
    "GET /v1/whatifs/{id}": _made(stage_trial.started_whatif),
    "GET /v1/whatifs/{id}/changes": _made(stage_trial.started_whatif),
    "GET /v1/whatifs/{id}/untold": _made(stage_trial.started_whatif),
    "POST /v1/charters/{name}/trim": _made(stage_trial.trim),
    "GET /v1/documents/{digest}": _made(stage_trial.document),
    "POST /oauth/token": Stage.token_form,
    "POST /v1/runs": Stage.open_run,
    "POST /v1/runs/{run}/close": Stage.close_run,
    "POST /v1/sessions": Stage.sign_in,
    "DELETE /v1/sessions/current": Stage.sign_out,
    "PUT /v1/me/password": Stage.own_password,
    "POST /v1/people": Stage.person,
    "PATCH /v1/people/{person}": Stage.changed_person,
    "POST /v1/people/{person}/link": Stage.person_id,
    "GET /v1/connectors/{name}": Stage.connector,
    "PUT /v1/connectors/{name}": Stage.spare,
    "PUT /v1/connectors/{name}/secret": Stage.secret,
    "GET /v1/connectors/{name}/quarantine": Stage.connector,
    "POST /v1/connectors/{name}/review": Stage.review,
    "POST /v1/connectors/{name}/accept": Stage.accepted,
    "GET /v1/connectors/{name}/tools": Stage.connector,
    "GET /v1/connectors/{name}/catalogue": Stage.connector,
    "PUT /v1/connectors/{name}/catalogue": Stage.catalogue,
    "GET /v1/charters/{name}": Stage.charter_name,
    "GET /v1/charters/{name}/versions": Stage.charter_name,
    "POST /v1/charters/check": Stage.charter_text,
    "POST /v1/charters": Stage.charter,
    "POST /v1/charters/explain": Stage.question,
    "GET /v1/personas/{name}": Stage.persona,
    "GET /v1/agents/{name}": Stage.charter_name,
    "POST /v1/agents": Stage.agent,
    "DELETE /v1/agents/{name}": Stage.spare_agent,
    "POST /v1/agents/{name}/behaviours": Stage.new_behaviour,
    "GET /v1/agents/{name}/behaviours": Stage.charter_name,
    "GET /v1/behaviours/{digest}": Stage.behaviour,
    "GET /v1/behaviours/{digest}/difference": Stage.behaviour,
    "POST /v1/behaviours/{digest}/acceptance": Stage.tested,
    "POST /v1/behaviours/{digest}/activate": Stage.activated,
    "GET /v1/components/{digest}": Stage.component,
    "GET /v1/runs/{run}/versions": Stage.run,
    "GET /v1/runs/{run}": Stage.run,
    "GET /v1/actions/{action}": Stage.action,
    "POST /v1/actions/{action}/reconcile": Stage.lost_action,
    "GET /v1/approvals/{approval}": Stage.approval,
    "POST /v1/approvals/{approval}/votes": Stage.vote,
    "PUT /v1/halts/{scope}": Stage.halt,
    "POST /v1/halts/{scope}/lift": Stage.lift,
    "GET /v1/record/events/{index}": Stage.event,
    **{label: _made(values) for label, values in stage_question.VALUES.items()},
    **{label: _made(values) for label, values in stage_anchor.VALUES.items()},
    **{label: _made(values) for label, values in stage_subject.VALUES.items()},
    "POST /access/v1/evaluation": Stage.evaluation,
    "POST /access/v1/evaluations": Stage.evaluations,
    "POST /access/v1/search/subject": Stage.search_subject,
    "POST /access/v1/search/resource": Stage.search_resource,
    "POST /access/v1/search/action": Stage.search_action,
    "POST /access/v1/requests": Stage.access_request,
    "GET /access/v1/requests/{task}": Stage.access_task,
}


@contextmanager
def stage() -> Iterator[Stage]:
    """Start the server on a free port; stop it and delete its data at the end."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        found: list[Stage] = []
        ready, over = threading.Event(), threading.Event()
        thread = threading.Thread(target=_serve, args=(Path(folder), listener, found, ready, over), daemon=True)
        thread.start()
        try:
            if not ready.wait(_READY_S) or not found:
                raise Refusal("stale", "the seeded server did not start; see its log above")
            yield found[0]
        finally:
            over.set()
            thread.join(30)


def _serve(
    folder: Path, listener: socket.socket, found: list[Stage], ready: threading.Event, over: threading.Event
) -> None:
    async def serve() -> None:
        port = listener.getsockname()[1]
        async with seeded(folder / "data", port) as house:
            api = create_api(house.installation)
            config = uvicorn.Config(api, log_level="warning", lifespan="off", loop="asyncio")
            server = uvicorn.Server(config)
            server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            found.append(Stage(house.installation.public_url, house, asyncio.get_running_loop()))
            ready.set()
            await asyncio.to_thread(over.wait)
            server.should_exit = True
            await serving

    try:
        asyncio.run(serve())
    finally:
        ready.set()
