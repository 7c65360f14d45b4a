"""Checking what somebody says their password is: as slow for a stranger as for a friend, with a pause for guessers."""

from collections.abc import Callable
from dataclasses import dataclass, field

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from bailiwick.core.refusal import Refusal
from bailiwick.flow.lockout import MOST_DROPPED, TABLE, CountGuess, ForgetGuesses, guess_ids, wait_us
from bailiwick.flow.password import SALT_BYTES, PasswordError, check_password, hash_password
from bailiwick.flow.person import RenewHash, SetPassword
from bailiwick.ports.clock import Clock
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row, Store

AT_ONCE = 2
"""Passwords that are hashed at the same time: each takes 32 MiB and a core for a moment."""


class LockedOut(Exception):
    """Too many wrong passwords for this address; `seconds` until the next try is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong passwords for this address; try again in {seconds} seconds")
        self.seconds = seconds


@dataclass(slots=True)
class Guessing:
    """Passwords of one installation. One for every way in: a guesser gains nothing by trying the other door."""

    store: Store
    reader: Reader
    clock: Clock
    random_bytes: Callable[[int], bytes]
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(AT_ONCE))
    turn: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(AT_ONCE))

    async def person(self, email: str, password: str) -> Row:
        """Whose address and password these are; raises `Refusal` or `LockedOut`. An old hash is renewed."""
        row = await self._known(email.strip().lower(), password)
        if row is None:
            raise Refusal(
                "forbidden", "the address or the password is wrong; an administrator can make you a sign-in link"
            )
        return row

    async def change(self, person: Row, current: str, password: str, keep: str) -> None:
        """Set one's own password, which ends every session but `keep`.

        The current one is asked for once there is one, and guessing it is slowed too.
        """
        if person["password"] is not None and await self._known(person["email"], current) is None:
            raise Refusal("forbidden", "the current password is wrong or missing")
        await self.store.commit(SetPassword(person["id"], await self._hash(password), keep))

    async def _known(self, address: str, password: str) -> Row | None:
        # INVARIANT: looked at only when its turn has come, so that a crowd of guesses does not pass all at once
        async with self.turn:
            guesses = await run_sync(self._guesses, address)
            left_us = wait_us(guesses, self.clock.now_us())
            if left_us:
                raise LockedOut(-(-left_us // 1_000_000))
            row = await run_sync(self._by_address, address)
            found = await run_sync(check_password, password, row["password"] if row else None, limiter=self.limiter)
            if row is None or not found.right:
                await self.store.commit(CountGuess(address, await run_sync(self._old)))
                return None
        if guesses:
            await self.store.commit(ForgetGuesses(address))
        if found.upgrade:
            renewed = await self._hash(password)
            await self.store.commit(RenewHash(row["id"], row["password"], renewed))
            return {**row, "password": renewed}
        return row

    async def _hash(self, password: str) -> str:
        salt = self.random_bytes(SALT_BYTES)
        try:
            return await run_sync(hash_password, password, salt, limiter=self.limiter)
        except PasswordError as error:
            raise Refusal("invalid", str(error)) from None

    def _guesses(self, address: str) -> list[Row]:
        names = guess_ids(address, self.clock.now_us())
        return [row for name in names if (row := self.reader.row(TABLE, name)) is not None]

    def _old(self) -> tuple[str, ...]:
        return tuple(row["id"] for row in self.reader.rows(TABLE, limit=MOST_DROPPED, ascending=True))

    def _by_address(self, address: str) -> Row | None:
        known = self.reader.row("email", address)
        return self.reader.row("person", known["person"]) if known else None
