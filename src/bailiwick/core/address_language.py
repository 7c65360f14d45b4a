"""E-mail and web addresses at a host, as an automaton; what the limit `domain` accepts."""

from dataclasses import dataclass

from bailiwick.core.language import DIGIT, LOCAL, LOWER, TAIL, State


@dataclass(frozen=True)
class Addresses:
    """E-mail and web addresses whose host is one of `domains` or below one."""

    domains: tuple[str, ...]
    start: State = (("local", 0), ("scheme", ""))

    @property
    def letters(self) -> frozenset[str]:
        return frozenset("https" + "".join(self.domains))

    def step(self, state: State, letter: str) -> State | None:
        assert isinstance(state, tuple)
        mail, web = state
        after = (self._mail(mail, letter) if mail else None, self._web(web, letter) if web else None)
        return None if after == (None, None) else after

    def _mail(self, state: tuple[object, ...], letter: str) -> tuple[object, ...] | None:
        if state[0] == "host":
            return self._host(state, letter)
        count = state[1]
        assert isinstance(count, int)
        if letter == "@":
            return ("host", 0, False, False, ".") if count else None
        return ("local", count + 1) if letter in LOCAL and count < 64 else None

    def _web(self, state: tuple[object, ...], letter: str) -> tuple[object, ...] | None:
        match state:
            case ("scheme", str(text)):
                text += letter
                if text in ("http://", "https://"):
                    return ("host", 0, False, False, ".")
                return ("scheme", text) if "http://".startswith(text) or "https://".startswith(text) else None
            case ("host", *_):
                if letter in ":/?#":
                    return self._behind(letter) if self._ends(state) else None
                return self._host(state, letter)
            case ("port", int(count)):
                if letter in DIGIT:
                    return ("port", count + 1) if count < 5 else None
                return self._behind(letter) if count and letter in "/?#" else None
            case _:
                return state if letter in TAIL else None

    @staticmethod
    def _behind(letter: str) -> tuple[object, ...]:
        return ("port", 0) if letter == ":" else ("tail",)

    def _host(self, state: tuple[object, ...], letter: str) -> tuple[object, ...] | None:
        _, count, hyphen, dotted, tail = state
        assert isinstance(count, int) and isinstance(tail, str)
        tail = self._kept(tail + letter)
        if letter == ".":
            return ("host", 0, False, True, tail) if count and not hyphen else None
        if letter == "-":
            return ("host", count + 1, True, dotted, tail) if 0 < count < 63 else None
        plain = letter in LOWER or letter in DIGIT
        return ("host", count + 1, False, dotted, tail) if plain and count < 63 else None

    def _kept(self, tail: str) -> str:
        """The longest end of the host so far that may still grow into one of the domains."""
        wanted = ["." + domain for domain in self.domains]
        while tail and not any(domain.startswith(tail) for domain in wanted):
            tail = tail[1:]
        return tail

    def _ends(self, state: tuple[object, ...]) -> bool:
        _, count, hyphen, dotted, tail = state
        return bool(count and not hyphen and dotted) and str(tail).endswith(tuple("." + d for d in self.domains))

    def accepts(self, state: State) -> bool:
        assert isinstance(state, tuple)
        return any(part and self._whole(part) for part in state)

    def _whole(self, part: tuple[object, ...]) -> bool:
        match part:
            case ("host", *_):
                return self._ends(part)
            case ("port", int(count)):
                return count > 0
            case _:
                return part[0] == "tail"
