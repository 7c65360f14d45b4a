"""The way of an action: prepare, let the writer decide, dispatch exactly the digested bytes, settle.

All of it runs in a task of its own: an agent that hangs up does not stop a write in flight, and its true outcome is
recorded.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, Protocol, TypeVar

import structlog

from bailiwick.core.catalogue import ActionEntry, Confirm
from bailiwick.core.confirmation import confirm_arguments, filled_arguments, unconfirmed
from bailiwick.core.refusal import Refusal
from bailiwick.core.touch import things_shown
from bailiwick.core.value_change import kept_values
from bailiwick.core.verdict import Allow
from bailiwick.flow.decide_action import DecideAction, Decision, StaleVersion
from bailiwick.flow.dispatch import Dispatch
from bailiwick.flow.keeping import outcome_custody
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.prepare import Prepared, ToolCall, prepare
from bailiwick.flow.server import SettleOwn
from bailiwick.flow.settle import STATES, Evidence, SettleAction
from bailiwick.flow.stop import Stops
from bailiwick.flow.watch import Watch
from bailiwick.ledger import canonical
from bailiwick.ports.clock import Clock
from bailiwick.ports.store import CommitUnknown, Store, StoreUnavailable
from bailiwick.ports.upstream import (
    OnNotice,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    UpstreamUncertain,
)

ACTION_META: Final = "bailiwick/action"
"""The `_meta` key under which an upstream finds the action's id: its idempotency key."""
DEADLINE_S: Final = 30.0
READ_BACK_S: Final = 10.0
LOOK_S: Final = 5.0
"""How long a look at the values before or after a write may take."""
KEPT_LOOK: Final = 16 * 1024
"""Bytes of such values that the record keeps."""
EARLY_S: Final = 2.0
"""How long a decision waits for a connector whose tools have to be confirmed; its dispatch waits longer."""
KEPT_RESULT: Final = 64 * 1024
"""Bytes of a result that the record keeps; of a longer one it keeps size and digest."""
MOST_TRIES: Final = 5
SETTLE_AGAIN_S: Final = 1.0
T = TypeVar("T")

log = structlog.get_logger("act")

Edge = Literal["before-intent", "after-intent", "after-upstream", "after-outcome", "before-reply"]
EDGES: Final[tuple[Edge, ...]] = (
    "before-intent",
    "after-intent",
    "after-upstream",
    "after-outcome",
    "before-reply",
)


def _no_edge(_: Edge) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of a call: the decision, and for an allowed one its state, the upstream's result and its trouble."""

    decision: Decision
    state: str | None = None
    evidence: Evidence | None = None
    result: dict[str, Any] | None = None
    trouble: str | None = None
    refused: UpstreamRefused | None = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    evidence: Evidence
    result: dict[str, Any] | None
    trouble: str | None
    refused: UpstreamRefused | None = None


class Acts(Protocol):
    """What the gateway asks of whoever carries actions out; see `Acting`."""

    async def act(self, call: ToolCall, on_notice: OnNotice | None = None) -> Acted: ...

    async def drain(self, seconds: float) -> None: ...


@dataclass(slots=True)
class Acting:
    """Everything an action passes through. `at_edge` is called where a crash must be survivable; tests kill there."""

    store: Store
    policies: PolicySource
    upstreams: Upstreams
    stops: Stops
    watch: Watch
    clock: Clock
    at_edge: Callable[[Edge], None] = _no_edge
    deadline_s: float = DEADLINE_S
    early_s: float = EARLY_S
    server: str | None = None
    deaf: Callable[[], str | None] = lambda: None
    """Why this server cannot know what is in force; None when it does."""
    _running: set[asyncio.Task[Any]] = field(default_factory=set)

    async def act(self, call: ToolCall, on_notice: OnNotice | None = None) -> Acted:
        """Govern one call from request to outcome; raises `StoreUnavailable` when it could not be recorded."""
        # INVARIANT: a server that cannot hear of a halt does not act
        if trouble := self.deaf():
            raise StoreUnavailable(trouble)
        # INVARIANT: a caller that goes away leaves no intent behind that is neither dispatched nor settled
        return await asyncio.shield(self._keep(self._govern(call, on_notice)))

    async def drain(self, seconds: float) -> None:
        """Wait for actions in flight, at most `seconds`."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    def _keep(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody else is told that it was never looked at

    async def _govern(self, call: ToolCall, on_notice: OnNotice | None) -> Acted:
        prepared, decision = await self._decide(call)
        if not isinstance(decision.verdict, Allow):
            return Acted(decision)
        acted = await self._carry_out(prepared, decision, on_notice)
        self.at_edge("before-reply")
        return acted

    async def _decide(self, call: ToolCall) -> tuple[Prepared, Decision]:
        for _ in range(MOST_TRIES):
            prepared = prepare(call, self.policies, self.clock.now_us())
            where = (prepared.connector, prepared.run or "", prepared.policy.catalogue_digest)
            if prepared.entry is not None and not self.watch.fresh(*where):
                # what this finds, the writer decides on; what it cannot find out in time keeps the last look waiting
                await self.watch.confirm(*where, patience_s=self.early_s)
                prepared = prepare(call, self.policies, self.clock.now_us())
            self.at_edge("before-intent")
            try:
                return prepared, await self.store.commit(DecideAction(prepared, self.server))
            except StaleVersion:
                self.policies.forget()
            except CommitUnknown as error:
                # INVARIANT: an intent that may be on the record is settled, though nobody will carry it out
                if isinstance(error.reply, Decision) and isinstance(error.reply.verdict, Allow):
                    unsent = {"state": STATES[Evidence.NOT_SENT], "trouble": str(error)}
                    self._keep(self._settle_later(SettleAction(error.reply.action, Evidence.NOT_SENT, unsent)))
                raise
        raise Refusal("conflict", "the charter or the catalogue keeps changing just now; call again")

    async def _carry_out(self, call: Prepared, decision: Decision, on_notice: OnNotice | None) -> Acted:
        self.at_edge("after-intent")
        before = await self._look(call, decision, "before")
        outcome = await self._dispatch(call, decision, on_notice)
        self.at_edge("after-upstream")
        after = await self._look(call, decision, "after") if "before" in before else {}
        detail = {**_detail(outcome, call.entry), **before, **after}
        unit = SettleAction(decision.action, outcome.evidence, detail, outcome_custody(call, detail))
        try:
            state = await self.store.commit(SettleOwn(unit))
        except StoreUnavailable:
            # INVARIANT: what may have happened is never answered as "nothing was done"
            self._keep(self._settle_later(unit))
            log.error("act.outcome_not_recorded", action=decision.action)
            return Acted(decision, "unknown", outcome.evidence, None, "its outcome cannot be recorded just now")
        self.at_edge("after-outcome")
        return Acted(decision, state, outcome.evidence, outcome.result, outcome.trouble, outcome.refused)

    async def _settle_later(self, unit: SettleAction) -> None:
        while True:
            await asyncio.sleep(SETTLE_AGAIN_S)
            with contextlib.suppress(StoreUnavailable):
                with contextlib.suppress(Refusal):  # its intent was never recorded
                    await self.store.commit(SettleOwn(unit))
                return

    async def _dispatch(self, call: Prepared, decision: Decision, on_notice: OnNotice | None) -> _Outcome:
        confirm = call.entry.confirm if call.entry else None
        dispatch = Dispatch(
            *(call.connector, decision.run, call.tool, call.argument_bytes, {ACTION_META: decision.action}),
            *(self.deadline_s, call.policy.catalogue_digest, (call.tool, confirm.tool) if confirm else (call.tool,)),
            stopped=partial(self._stopped, call),
            on_notice=on_notice,
        )
        try:
            reply = await dispatch.send(self.upstreams, self.watch)
        except UpstreamUnavailable as error:
            return _Outcome(Evidence.NOT_SENT, None, str(error))
        except UpstreamUncertain as error:
            return _Outcome(Evidence.NO_ANSWER, None, str(error))
        except UpstreamRefused as error:
            return _Outcome(Evidence.REFUSED, None, error.message, error)
        except Exception as error:  # anything else may have happened after the send
            log.exception("act.dispatch_failed", action=decision.action)
            return _Outcome(Evidence.NO_ANSWER, None, f"the connector failed ({type(error).__name__})")
        if reply.result.get("isError") is True:
            return _Outcome(Evidence.TOOL_ERROR, reply.result, "the tool answered with an error")
        if call.entry is None or call.entry.confirm is None:
            return _Outcome(Evidence.REPLY, reply.result, None)
        return await self._read_back(call, call.entry.confirm, decision, reply.result)

    def _stopped(self, call: Prepared) -> str | None:
        covered = self.stops.covers(call.agent, call.policy.charter.workflow, call.connector)
        return "stopped by a halt before it was sent" if covered else self.deaf()

    async def _look(self, call: Prepared, decision: Decision, name: Literal["before", "after"]) -> dict[str, Any]:
        """The values that the catalogue wants kept, under `name`; a look that fails keeps nothing and stops nothing."""
        look = call.entry.before if call.entry else None
        if look is None:
            return {}
        reading = Dispatch(
            *(call.connector, decision.run, look.tool),
            *(canonical.encode_any(filled_arguments(look.arguments, call.arguments)), {}, LOOK_S),
            *(call.policy.catalogue_digest, (look.tool,)),
            stopped=partial(self._stopped, call) if name == "before" else lambda: None,
        )
        try:
            seen = await reading.send(self.upstreams, self.watch)
            if seen.result.get("isError") is True:
                return {}
            value = kept_values(look, call.arguments, seen.result.get("structuredContent"))
            return {name: value} if value is not None and len(canonical.encode_sorted(value)) <= KEPT_LOOK else {}
        except Exception as error:  # noqa: BLE001  # the write itself is not what failed
            log.warning("act.not_looked_at", action=decision.action, when=name, error=type(error).__name__)
            return {}

    async def _read_back(
        self, call: Prepared, confirm: Confirm, decision: Decision, result: dict[str, Any]
    ) -> _Outcome:
        reading = Dispatch(
            *(call.connector, decision.run, confirm.tool),
            *(canonical.encode_any(confirm_arguments(confirm, call.arguments)), {}, READ_BACK_S),
            *(call.policy.catalogue_digest, (confirm.tool,)),
            stopped=lambda: None,  # even a halt does not keep what was done from being looked at
        )
        try:
            seen = await reading.send(self.upstreams, self.watch)
        except (UpstreamUnavailable, UpstreamUncertain, UpstreamRefused) as error:
            return _Outcome(Evidence.UNCONFIRMED, result, f"the effect could not be read back: {error}")
        if seen.result.get("isError") is True:
            return _Outcome(Evidence.UNCONFIRMED, result, "the effect could not be read back: the tool gave an error")
        missing = next(iter(unconfirmed(confirm, call.arguments, seen.result.get("structuredContent"))), None)
        if missing is None:
            return _Outcome(Evidence.READ_BACK, result, None)
        return _Outcome(Evidence.NO_EFFECT, result, f"the system answered success, but `{missing}` does not show it")


def _detail(outcome: _Outcome, entry: ActionEntry | None) -> Mapping[str, Any]:
    detail: dict[str, Any] = {"state": STATES[outcome.evidence], "trouble": outcome.trouble}
    if outcome.result is not None:
        try:
            body = canonical.encode_sorted(outcome.result)
        except canonical.CanonicalError:
            return detail | {"result": None, "unreadable": True}
        if len(body) <= KEPT_RESULT:
            detail["result"] = outcome.result
        else:
            detail |= {"result_size": len(body), "result_digest": canonical.digest(body)}
            if entry and (shown := things_shown(entry, outcome.result.get("structuredContent"))):
                detail["shows"] = {kind: sorted(t.id for t in shown if t.kind == kind) for kind in entry.objects}
    return detail
