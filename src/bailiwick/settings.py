"""Settings, from the environment (`BAILIWICK_…`) or the command line."""

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How one server runs. Everything else lives in the data folder or in the store."""

    model_config = SettingsConfigDict(env_prefix="BAILIWICK_", extra="ignore")

    data: Path = Field(default_factory=lambda: user_data_path("bailiwick"), description="folder of store and keys")
    store: str = Field("", description="empty: a file in the data folder; or postgresql://USER@HOST/DATABASE")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8700, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    public_url: str = Field("", description="address that people and agents use; default http://HOST:PORT")
    name: str = Field("Bailiwick", description="name of the installation, shown in the console")
    origin: str = Field("bailiwick.localhost/log", description="name of the log in its checkpoints")
    admin_email: str = Field("administrator@bailiwick.localhost", description="first administrator")
    deadline_s: float = Field(30.0, gt=0, le=600, description="seconds an upstream may take to answer")
    watch_s: float = Field(
        30.0, ge=1, le=3600, description="seconds until a changed tool definition is noticed at most"
    )
    signer: str = Field("", description="socket of `bailiwick signer`; empty: this process holds the log's key")
    lease_s: float = Field(
        15.0, ge=1, le=600, description="seconds after which a silent server is dead and its open actions unknown"
    )
    anchor_s: float = Field(60.0, ge=1, le=86_400, description="seconds between two rounds of anchoring")
    failpoint: str = Field("", description="crash test: EDGE:N kills the process the Nth time it passes the edge")
    metrics_token: str = Field("", description="bearer token of whoever scrapes /metrics; empty: there is no /metrics")
    otlp: str = Field("", description="address of an OTLP/HTTP collector for spans; OTEL_* variables count too")
    log_level: str = Field("info", description="debug, info, warning or error")

    @field_validator("store")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("it is empty for SQLite, or starts with postgresql://")
        return value

    def url(self, port: int) -> str:
        """The public address, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{port}").rstrip("/")
