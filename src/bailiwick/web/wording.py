"""How the console writes times, spans, sums and digests, so that every page writes them alike."""

import json
from datetime import UTC, datetime

SECOND = 1_000_000
_UNITS = ((86_400, "day", "d"), (3_600, "hour", "h"), (60, "minute", "m"), (1, "second", "s"))


def iso(us: int) -> str:
    """`us` as the machine-readable value of a `<time>`, to the millisecond."""
    return datetime.fromtimestamp(us / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def exact(us: int) -> str:
    """`us` for a person who wants it exact: `22 Nov 2026, 09:01:12.345 UTC`."""
    moment = datetime.fromtimestamp(us / SECOND, UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M:%S}.{us % SECOND // 1000:03d} UTC"


def clock(us: int) -> str:
    """The time of day of `us`, for lists whose rows all belong to one day."""
    return f"{datetime.fromtimestamp(us / SECOND, UTC):%H:%M:%S}"


def relative(us: int, now_us: int) -> str:
    """How far `us` is from now: `3 minutes ago`, `in 2 hours`, `just now`. Rounds down, never up."""
    seconds = abs(us - now_us) // SECOND
    for size, word, _ in _UNITS:
        count = seconds // size
        if count and not (word == "second" and count < 10):
            text = f"{count} {word}{'' if count == 1 else 's'}"
            return f"in {text}" if us > now_us else f"{text} ago"
    return "just now"


def span(us: int) -> str:
    """A length of time in at most two units: `38 ms`, `4.2 s`, `4m 12s`, `2d 3h`."""
    if us < 1_000:
        return f"{us} µs"
    if us < SECOND:
        return f"{us // 1_000} ms"
    seconds = us // SECOND
    if seconds < 60:
        return f"{us / SECOND:.1f} s" if seconds < 10 else f"{seconds} s"
    parts: list[str] = []
    for size, _, letter in _UNITS:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append(f"{count}{letter}")
    return " ".join(part for part in parts[:2] if not part.startswith("0"))


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 agent`, `1,204 events`, `no people`."""
    word = noun if number == 1 else plural or f"{noun}s"
    return f"{number:,} {word}" if number else f"no {word}"


def short_digest(digest: str) -> str:
    """Enough of `sha256:<hex>` to tell two apart at a glance; the whole is one click away."""
    kind, _, value = digest.rpartition(":")
    return f"{kind + ':' if kind else ''}{value[:8]}…{value[-4:]}" if len(value) > 16 else digest


def short_id(identifier: str) -> str:
    """The end of an id: ids are ordered by time, so neighbours differ at the end."""
    kind, _, value = identifier.partition("-")
    return f"{kind}-…{value[-6:]}" if len(value) > 12 else identifier


def pretty(value: object) -> str:
    """JSON for people: indented, in the order it came."""
    return json.dumps(value, indent=2, ensure_ascii=False)
