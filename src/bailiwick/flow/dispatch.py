"""The last step of an action: its bytes leave only while its connector is confirmed and nothing stops it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.flow.watch import Watch
from bailiwick.ports.upstream import OnNotice, Reply, Upstreams, UpstreamWithheld

MOST_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One call that is ready to be sent. `uses` are the tools that must be as this `catalogue` version pins them."""

    connector: str
    run: str
    tool: str
    arguments: bytes
    meta: Mapping[str, Any]
    deadline_s: float
    catalogue: str
    uses: tuple[str, ...]
    stopped: Callable[[], str | None]
    on_notice: OnNotice | None = None

    async def send(self, upstreams: Upstreams, watch: Watch) -> Reply:
        """Send it once; raises what `Upstreams.call` raises.

        A process or session that was replaced on the way is confirmed first: until then nothing was sent.
        """

        def last_look() -> str | None:
            # INVARIANT: a halt set, or a change seen, since the decision stops what has not been sent
            return self.stopped() or watch.objection(self.connector, self.run, self.catalogue, self.uses)

        for _ in range(MOST_TRIES):
            trouble = self.stopped() or await watch.confirm(self.connector, self.run, self.catalogue)
            if trouble:
                raise UpstreamWithheld(trouble)
            try:
                return await upstreams.call(
                    *(self.connector, self.run, self.tool, self.arguments, self.meta, self.deadline_s),
                    on_notice=self.on_notice,
                    last_look=last_look,
                )
            except UpstreamWithheld:
                if watch.fresh(self.connector, self.run, self.catalogue):
                    raise
        raise UpstreamWithheld(f"`{self.connector}` keeps being replaced, so its tools could not be confirmed")
