"""OAuth bodies, as their RFCs name the fields."""

from pydantic import Field

from bailiwick.api.wire.base import Outgoing


class TokenBody(Outgoing):
    """RFC 6749 section 5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105  # a scheme's name
    expires_in: int = Field(description="Seconds", examples=[300])


class OAuthFaultBody(Outgoing):
    """RFC 6749 section 5.2."""

    error: str = Field(examples=["invalid_client"])
    error_description: str


class KeySetBody(Outgoing):
    """RFC 7517."""

    keys: list[dict[str, str]]


class ServerMetadataBody(Outgoing):
    """RFC 8414."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]


class ResourceMetadataBody(Outgoing):
    """RFC 9728."""

    resource: str
    authorization_servers: list[str]
    bearer_methods_supported: list[str]
    resource_name: str
