"""The way out: the contract between the flows and whatever carries an action to a connector's MCP server.

The three errors are three outcomes, and the difference between the first two is the whole point:

* `UpstreamUnavailable`: it is *proven* that not one byte of the action reached the upstream. Outcome
  `failed`; the same action may be tried again.
* `UpstreamUncertain`: the action was, or may have been, written and no readable answer came back. Outcome
  `unknown`; it is reconciled, never blindly repeated.
* `UpstreamRefused`: the upstream answered, and the answer was no.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

HTTP_REFUSAL = range(300, 500)
"""`UpstreamRefused.code` is the HTTP status when the upstream refused without a JSON-RPC error."""

INPUT_REQUIRED = -31001
"""`UpstreamRefused.code` when the upstream asked for input (sampling, elicitation) instead."""


@dataclass(frozen=True)
class Target:
    """Where a connector lives. `url` belongs to `http`, `command` and the non-secret `env` to `stdio`.

    `scope` says whether runs may share one upstream session or child process; `per_run` gives each its own.
    """

    connector: str
    transport: Literal["http", "stdio"]
    url: str | None = None
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    scope: Literal["shared", "per_run"] = "shared"


@dataclass(frozen=True)
class Reply:
    """What the upstream answered: its `result` with every field it sent, and the era it was spoken to in."""

    result: dict[str, Any]
    era: str


@dataclass(frozen=True)
class Notice:
    """A notification that belongs to a call in flight, such as `notifications/progress`.

    The progress token in `params` is the gateway's own towards the upstream; whoever passes the notice on
    replaces it with the token of the agent.
    """

    method: str
    params: dict[str, Any]


OnNotice = Callable[[Notice], Awaitable[None]]

LastLook = Callable[[], str | None]
"""Asked with nothing left to do but to write: None, or the sentence why the action must not be sent after all."""


class UpstreamError(Exception):
    """The root of every way an upstream can fail an action; the text is for people and holds no secret."""


class UpstreamUnavailable(UpstreamError):
    """Nothing was sent, provably; trying again is safe."""


class UpstreamWithheld(UpstreamUnavailable):
    """Whoever asked said no at the last look, so nothing was sent; the text is what they said."""


class UpstreamUncertain(UpstreamError):
    """The action was or may have been sent, and no readable answer came: its outcome is unknown."""


class UpstreamTooLarge(UpstreamUncertain):
    """The upstream answered more than the cap, so the answer was not read and the outcome is unknown."""


class UpstreamRefused(UpstreamError):
    """The upstream answered an error; `code`, `message` and `data` are its own.

    Two codes are ours: see `HTTP_REFUSAL` and `INPUT_REQUIRED`.
    """

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class Upstreams(Protocol):
    """Every configured upstream, addressed by connector name.

    An implementation never repeats an action that may have been written, never follows a redirect, never
    passes on anything of the agent's own request but `arguments` and `meta`, and takes credentials from the
    `Vault` alone. It recovers by itself when an upstream comes back.
    """

    async def definitions(self, connector: str, run: str = "") -> list[dict[str, Any]]:
        """All pages of `tools/list`, each entry exactly as the upstream sent it.

        Where each run has a session or process of its own, `run` says whose is asked; "" is one beside them.
        Listing changes nothing: it raises `UpstreamUnavailable` or `UpstreamRefused`, and
        `UpstreamUncertain` never.
        """
        ...

    async def call(
        self,
        connector: str,
        run: str,
        tool: str,
        arguments: bytes,
        meta: Mapping[str, Any],
        deadline_s: float,
        on_notice: OnNotice | None = None,
        last_look: LastLook | None = None,
    ) -> Reply:
        """Send one `tools/call` at most once and wait `deadline_s` for its answer.

        `arguments` are the canonical bytes of one JSON object; they appear verbatim in the request's body.
        `meta` joins the request's `_meta`; keys under `io.modelcontextprotocol/` and `progressToken` are the
        implementation's own and are dropped from it. `on_notice` is awaited in the order of arrival; what it
        raises is logged and never changes the outcome. `last_look` is asked when connection or process are
        ready, however long that took, right before the action is written; what it says raises
        `UpstreamWithheld`. Cancelling the call cancels the request upstream where the protocol allows it and
        says nothing about its outcome: treat it as `UpstreamUncertain`.
        """
        ...

    async def close(self) -> None:
        """Close connections and end child processes; calls in flight end as by a broken connection."""
        ...
