"""Asking people for what an evaluation denied: the AuthZEN Access Request and Approval Profile 1.0, draft 1.

A denial that people can lift carries a binding token: a JWS over the SHA-256 of subject, resource, action and the
members of the context that count. Whoever brings it back with the same question opens the approval, the very one that
the gateway would have opened, recorded in the same way. The approval is the task; nothing else is kept.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from bailiwick.core.approval import approval_from_row
from bailiwick.core.verdict import Allow, Ask
from bailiwick.flow.decide_action import DecideAction
from bailiwick.flow.jws import TokenError, check_begun, second_claim, text_claim
from bailiwick.flow.prepare import Prepared
from bailiwick.flow.token import TokenIssuer
from bailiwick.ledger import canonical
from bailiwick.ports.store import Row, Shelf

TYPE: Final = "access-denial+jwt"
DENIAL_S: Final = 600
"""How long a denial can be brought back, in seconds."""
CONTEXT_MEMBERS: Final = ("arguments", "run")
"""The members of an AuthZEN context that a decision reads; all others may change between denial and request."""
_SECOND: Final = 1_000_000

TaskStatus = Literal["pending", "approved", "denied", "expired"]
Problem = Literal["not_requestable", "expired_denial", "invalid_denial_binding", "unknown_task"]


class AccessRequestError(Exception):
    """A request for access that is not taken; `problem` is a problem type of the profile."""

    def __init__(self, problem: Problem, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = problem
        self.sentence = sentence


def binding_hash(question: Mapping[str, Any]) -> str:
    """The profile's `binding_hash`: base64url of SHA-256 over RFC 8785 of subject, resource, action and context."""
    subject = dict(question["subject"])
    properties = subject.get("properties")
    if isinstance(properties, Mapping) and "act" in properties:
        subject["properties"] = {name: value for name, value in properties.items() if name != "act"}
    context = question.get("context") or {}
    bound = {
        "subject": subject,
        "resource": question["resource"],
        "action": question["action"],
        "context": {name: context[name] for name in CONTEXT_MEMBERS if name in context},
    }
    return urlsafe_b64encode(hashlib.sha256(canonical.encode_any(bound)).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class DenialSeal:
    """Seals and opens binding tokens for one address, which is both their issuer's and their reader's."""

    issuer: TokenIssuer
    public_url: str

    def seal(self, question: Mapping[str, Any], evaluation: str, now_us: int) -> tuple[str, int]:
        """A binding token, and when it expires."""
        issued = now_us // _SECOND
        claims: dict[str, object] = {
            "iss": self.public_url,
            "aud": f"{self.public_url}/access/v1/requests",
            "iat": issued,
            "exp": issued + DENIAL_S,
            "jti": evaluation,
            "evaluation_id": evaluation,
            "binding_hash": binding_hash(question),
            "binding_context_members": list(CONTEXT_MEMBERS),
        }
        return self.issuer.seal(TYPE, claims), (issued + DENIAL_S) * _SECOND

    def open(self, token: str, question: Mapping[str, Any], now_us: int) -> str:
        """The evaluation that the token is of; raises `AccessRequestError` unless it binds exactly this question."""
        try:
            claims = self.issuer.unseal(TYPE, token)
            check_begun(claims, now_us)
            expires_us, bound = second_claim(claims, "exp"), text_claim(claims, "binding_hash")
            mine = (text_claim(claims, "iss"), text_claim(claims, "aud"))
            evaluation = text_claim(claims, "evaluation_id")
        except TokenError as error:
            raise AccessRequestError("invalid_denial_binding", f"the binding token is not ours: {error}") from None
        if mine != (self.public_url, f"{self.public_url}/access/v1/requests"):
            raise AccessRequestError("invalid_denial_binding", "the binding token was made for another address")
        if bound != binding_hash(question):
            sentence = "the binding token is of another subject, resource, action or context; send the denied one"
            raise AccessRequestError("invalid_denial_binding", sentence)
        if now_us >= expires_us:
            raise AccessRequestError("expired_denial", "this denial is too old to be asked for; evaluate again")
        return evaluation


@dataclass(frozen=True, slots=True)
class RequestAccess:
    """Ask people for consent to a call that would be asked for at the gateway; replies with the approval's id.

    `person` asks in the agent's place and then may not consent. What is allowed or denied outright is not requestable.
    """

    call: Prepared
    person: str | None
    note: Mapping[str, object]

    def step(self, shelf: Shelf) -> str:
        judgement = DecideAction(self.call).judged(shelf)
        verdict = judgement.verdict
        if isinstance(verdict, Allow) and verdict.approval:
            return verdict.approval  # people have consented since
        if not isinstance(verdict, Ask):
            sentence = f"nobody is asked for this now: {verdict.sentence}; evaluate again"
            raise AccessRequestError("not_requestable", sentence)
        decision = replace(judgement, asked_by=self.person, note=self.note).write()
        assert decision.approval is not None  # INVARIANT: an ask opens an approval or finds the open one
        return decision.approval


@dataclass(frozen=True, slots=True)
class AccessTask:
    """An approval as whoever asked for it may see it. A task settles once: consent that was used stays `approved`."""

    id: str
    status: TaskStatus
    title: str
    expires_us: int
    approved_us: int | None
    approved_until_us: int | None


def access_task(row: Row, now_us: int) -> AccessTask:
    """The task that an approval's row stands for."""
    approval = approval_from_row(row)
    status = approval.status_at(now_us)
    consented = approval.use_by_us is not None
    word: TaskStatus = "approved" if consented else "pending"
    if not consented and status in ("denied", "expired"):
        word = "denied" if status == "denied" else "expired"
    until = approval.use_by_us
    if status == "consumed" and row["settled_us"] is not None and until is not None:
        until = min(until, row["settled_us"])
    approved_us = max((vote.at_us for vote in approval.votes), default=None) if consented else None
    title = f"{row['agent']} asks to do {row['name']}"
    return AccessTask(row["id"], word, title, until or approval.expires_us, approved_us, until)
