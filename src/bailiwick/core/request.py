"""What an agent asks to do, as values."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One tool call after strict parsing and defaults.

    `digest` is SHA-256 over the canonical JSON of `{arguments, connector, tool}`; the bytes of `arguments` inside it
    are the bytes that are dispatched.
    """

    agent: str
    run: str
    intent: str
    connector: str
    tool: str
    arguments: Mapping[str, object]
    digest: str

    def document(self) -> dict[str, object]:
        """The request as JSON values."""
        return {
            "agent": self.agent,
            "run": self.run,
            "intent": self.intent,
            "connector": self.connector,
            "tool": self.tool,
            "arguments": dict(self.arguments),
            "digest": self.digest,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> "Request":
        """Inverse of `document`; raises `KeyError` or `TypeError` on any other shape."""
        arguments = document["arguments"]
        if not isinstance(arguments, Mapping):
            raise TypeError("`arguments` must be an object")
        names = ("agent", "run", "intent", "connector", "tool", "digest")
        return cls(**{name: str(document[name]) for name in names}, arguments=arguments)
