"""The installation itself."""

from typing import Literal

from pydantic import Field

from bailiwick.api.wire.base import Incoming, Micros, Outgoing


class InstallationBody(Outgoing):
    """What runs here. `log_key` (vkey) verifies the record's checkpoints; `size` counts its events."""

    name: str
    mode: Literal["team", "solo"]
    version: str
    public_url: str
    log_key: str
    size: int
    created_us: Micros


class ModeChange(Incoming):
    """How the installation is run; in `solo` one person fills every slot, and the record says so."""

    mode: Literal["team", "solo"] = Field(examples=["team"])
    name: str | None = Field(None, min_length=1, max_length=120, examples=["Acme"])


class AttentionBody(Outgoing):
    """One thing a person should look at; `subject` is the id of what it is about."""

    kind: Literal[
        "halt", "approval", "unknown", "quarantine", "secret", "catalogue", "proposal", "review", "anchor", "record"
    ]
    subject: str
    text: str
    since_us: Micros


class HealthBody(Outgoing):
    """The server lives and can read its store. `signing` is late while checkpoints wait for the signer."""

    status: Literal["ok"] = "ok"
    version: str
    server: str
    signing: Literal["ok", "late"]


class ServerBody(Outgoing):
    """One server of the installation. `silent` gave no sign of life lately; `lost` was silent for too long, so that
    its open actions became unknown. `answered` marks the one that answered this request."""

    id: str
    address: str
    version: str
    state: Literal["live", "silent", "stopped", "lost"]
    started_us: Micros
    beat_us: Micros
    ended_us: Micros | None
    open_actions: int
    answered: bool
