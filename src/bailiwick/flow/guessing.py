"""Checking what somebody says their password is: as slow for a stranger as for a friend, with a pause for guessers."""

from dataclasses import dataclass, field

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from bailiwick.core.refusal import Refusal
from bailiwick.flow.installation import Installation
from bailiwick.flow.lockout import Lockout
from bailiwick.flow.password import SALT_BYTES, PasswordError, check_password, hash_password
from bailiwick.flow.person import SetPassword
from bailiwick.ports.store import Row

AT_ONCE = 2
"""Passwords that are hashed at the same time: each takes 32 MiB and a core for a moment."""


class LockedOut(Exception):
    """Too many wrong passwords for this address; `seconds` until the next try is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong passwords for this address; try again in {seconds} seconds")
        self.seconds = seconds


@dataclass(slots=True)
class Guessing:
    """Passwords of one installation; one of these for each way in."""

    here: Installation
    lockout: Lockout = field(default_factory=Lockout)
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(AT_ONCE))

    async def person(self, email: str, password: str) -> Row:
        """Whose address and password these are; raises `Refusal` or `LockedOut`. An old hash is renewed."""
        address, now_us = email.strip().lower(), self.here.clock.now_us()
        wait_us = self.lockout.wait_us(address, now_us)
        if wait_us:
            raise LockedOut(-(-wait_us // 1_000_000))
        row = await run_sync(self._by_address, address)
        found = await run_sync(check_password, password, row["password"] if row else None, limiter=self.limiter)
        if row is None or not found.right:
            self.lockout.failed(address, now_us)
            raise Refusal(
                "forbidden", "the address or the password is wrong; an administrator can make you a sign-in link"
            )
        self.lockout.passed(address)
        if found.upgrade:
            await self._keep(row, password)
        return row

    async def change(self, person: Row, current: str, password: str) -> None:
        """Set one's own password; the current one is asked for once there is one, and guessing it is slowed too."""
        if person["password"] is not None:
            await self.person(person["email"], current)
        await self._keep(person, password)

    async def _keep(self, person: Row, password: str) -> None:
        salt = self.here.random_bytes(SALT_BYTES)
        try:
            hashed = await run_sync(hash_password, password, salt, limiter=self.limiter)
        except PasswordError as error:
            raise Refusal("invalid", str(error)) from None
        await self.here.store.commit(SetPassword(person["id"], hashed))

    def _by_address(self, address: str) -> Row | None:
        known = self.here.reader.row("email", address)
        return self.here.reader.row("person", known["person"]) if known else None
