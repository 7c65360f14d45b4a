"""Whether spans are wanted, by our own setting or by the variables that every OpenTelemetry program reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

MISSING: Final = "spans need packages that are not installed here: `pip install 'bailiwick[otel]'`"
SPOKEN: Final = "http/protobuf"
_PATH: Final = "/v1/traces"


class TelemetryError(Exception):
    """Spans are wanted and cannot be sent so; the message says what to change."""


@dataclass(frozen=True, slots=True)
class SpanTarget:
    """Where spans go: the whole address, or None where the exporter finds it in its own variables."""

    endpoint: str | None


def span_target(otlp: str, environ: Mapping[str, str]) -> SpanTarget | None:
    """None, which is the default, means that no span is made. `otlp` is the setting BAILIWICK_OTLP."""
    if _said(environ, "OTEL_SDK_DISABLED") == "true" or _said(environ, "OTEL_TRACES_EXPORTER") == "none":
        return None
    addresses = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    if not otlp and not any(environ.get(name) for name in addresses):
        return None
    names = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = next((said for name in names if (said := _said(environ, name))), SPOKEN)
    if protocol != SPOKEN:
        raise TelemetryError(f"spans are sent as `{SPOKEN}`, not as `{protocol}`; change OTEL_EXPORTER_OTLP_PROTOCOL")
    return SpanTarget(_whole(otlp) if otlp else None)


def _said(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip().lower()


def _whole(otlp: str) -> str:
    parts = urlsplit(otlp)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TelemetryError(f"BAILIWICK_OTLP `{otlp}` is no address; write one like http://127.0.0.1:4318")
    return otlp if parts.path.strip("/") else otlp.rstrip("/") + _PATH
