"""Which connectors answer: asked when somebody looks, remembered for a short while, never in the way of a page."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bailiwick.flow.installation import Installation
from bailiwick.ports.store import StoreUnavailable
from bailiwick.ports.upstream import UpstreamError

FRESH_US: Final = 30_000_000
PATIENCE_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Reached:
    """What came of asking a connector for its tools, under which catalogue; `trouble` is empty when it answered."""

    at_us: int
    trouble: str = ""
    definitions: Sequence[Mapping[str, Any]] = ()
    answered_us: int = 0
    catalogue: str = ""


@dataclass(slots=True)
class Reach:
    """The last answer of each connector. In memory: after a restart nothing is known until somebody looks."""

    here: Installation
    _last: dict[str, Reached] = field(default_factory=dict)

    def unreachable(self) -> int:
        """How many did not answer when they were last asked."""
        return sum(bool(reached.trouble) for reached in self._last.values())

    async def ask_all(self, names: Iterable[str]) -> dict[str, Reached]:
        """Ask those that were not asked lately, all at once, and wait at most `PATIENCE_S`."""
        wanted = list(names)
        answers = await asyncio.gather(*(self.ask(name) for name in wanted))
        for gone in self._last.keys() - set(wanted):
            del self._last[gone]
        return dict(zip(wanted, answers, strict=True))

    async def ask(self, name: str) -> Reached:
        """Ask one, unless its last answer is fresh."""
        now_us = self.here.clock.now_us()
        before = self._last.get(name)
        catalogue = await asyncio.to_thread(self.here.policies.catalogue_in_force, name)
        # what was offered before a review says nothing beside the catalogue that came of it
        if before is not None and now_us - before.at_us < FRESH_US and before.catalogue == catalogue:
            return before
        answered_us = before.answered_us if before else 0
        try:
            async with asyncio.timeout(PATIENCE_S):
                definitions = await self.here.watch.definitions(name)
            found = Reached(now_us, definitions=definitions, answered_us=now_us)
        except TimeoutError:
            found = Reached(now_us, f"It did not answer within {PATIENCE_S:.0f} seconds.", answered_us=answered_us)
        except (UpstreamError, StoreUnavailable) as error:
            found = Reached(now_us, _sentence(str(error)), answered_us=answered_us)
        found = self._last[name] = replace(found, catalogue=catalogue)
        return found


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else "It did not answer."
