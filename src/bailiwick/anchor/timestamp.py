"""RFC 3161 timestamps: an authority says that a checkpoint existed at a time. It says nothing of other checkpoints."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from bailiwick.anchor.web import check_url, post
from bailiwick.core.refusal import Refusal
from bailiwick.ports.anchor import AnchorAway, AnchorProof, HeadTree, Place
from bailiwick.ports.reader import SignedHead


class TimestampAnchorer:
    """Implements `ports.anchor.Anchorer` for a timestamp authority; the token is over the signed checkpoint's bytes.

    The library reads tokens as strict DER: an authority that sends a certificate chain in another order than DER's
    (openssl does, with extra certificates) is not understood, which the error says.
    """

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        if settings.keys() != {"url", "certificates"}:
            raise Refusal("invalid", "a timestamp place has two settings: `url`, and `certificates` in pem form")
        check_url(settings["url"])
        read_certificates(settings["certificates"].encode())
        return dict(settings)

    async def anchor(self, place: Place, head: SignedHead, tree: HeadTree) -> AnchorProof:
        request = TimestampRequestBuilder().data(head.note).hash_algorithm(HashAlgorithm.SHA256).nonce().build()
        media = "application/timestamp-query"
        answer = await post(place.settings["url"], request.as_bytes(), media, place.secret)
        if answer.status != 200:
            raise AnchorAway(f"the authority answers {answer.status}")
        roots = read_certificates(place.settings["certificates"].encode())
        try:
            stamped_us(head.note, answer.body, roots, nonce=request.nonce)
        except ValueError as error:
            raise AnchorAway(str(error)) from None
        return AnchorProof(head.note, answer.body)

    def holds(self, settings: Mapping[str, str], note: bytes, proof: bytes) -> str:
        try:
            stamped_us(note, proof, read_certificates(settings["certificates"].encode()))
        except (ValueError, Refusal) as error:
            return str(error)
        return ""


def read_certificates(pem: bytes) -> Sequence[x509.Certificate]:
    """The certificates to trust, roots and what lies between; raises Refusal."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refusal("invalid", f"the certificates are not readable as pem: {error}") from None
    if not any(one.subject == one.issuer for one in found):
        raise Refusal("invalid", "the certificates have no root among them; add the authority's own")
    return found


def stamped_us(data: bytes, token: bytes, certificates: Sequence[x509.Certificate], nonce: int | None = None) -> int:
    """When the authority saw these bytes, in microseconds since 1970; ValueError when the token does not hold."""
    try:
        response: TimeStampResponse = decode_timestamp_response(token)
    except ValueError as error:
        raise ValueError(
            f"the timestamp is unreadable ({error}); an authority that sends its chain unsorted is not understood"
        ) from None
    if response.status != PKIStatus.GRANTED:
        raise ValueError(
            f"the authority refused: {', '.join(response.status_string) or PKIStatus(response.status).name}"
        )
    roots = [one for one in certificates if one.subject == one.issuer]
    between = [one for one in certificates if one.subject != one.issuer]
    try:
        VerifierBuilder(roots=roots, intermediates=between, nonce=nonce).build().verify_message(response, data)
    except VerificationError as error:
        raise ValueError(f"the timestamp does not hold: {error}") from None
    moment: datetime = response.tst_info.gen_time
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)
