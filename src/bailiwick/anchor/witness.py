"""Witnesses (C2SP tlog-witness): each cosigns a head after seeing that it only grew from the one it cosigned before."""

import asyncio
import base64
import re
from collections.abc import Mapping
from typing import Final

from bailiwick.anchor.web import WebAnswer, check_url, post
from bailiwick.core.refusal import Refusal
from bailiwick.ledger.merkle import MerkleError
from bailiwick.ledger.note import NoteError, Signature, join_note, parse_signatures, split_note
from bailiwick.ledger.witness_policy import NONE, PolicyError, Witness, parse_policy
from bailiwick.ports.anchor import AnchorAlarm, AnchorAway, AnchorProof, HeadTree, Place
from bailiwick.ports.reader import SignedHead

TRIES: Final = 3
_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")
_SIZE_MEDIA: Final = "text/x.tlog.size"


class WitnessAnchorer:
    """Implements `ports.anchor.Anchorer` for a policy file: every witness with a URL is asked, a quorum is needed."""

    def __init__(self, vkey: str) -> None:
        self._vkey = vkey

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        if settings.keys() != {"policy"}:
            raise Refusal("invalid", "a witness place has one setting, `policy`: the text of a witness policy")
        try:
            policy = parse_policy(settings["policy"].encode())
        except PolicyError as error:
            raise Refusal("invalid", f"the witness policy: {error}") from error
        asked = {witness.name for witness in policy.witnesses.values() if witness.url}
        for name in asked:
            check_url(policy.witnesses[name].url)
        if policy.quorum == NONE or not policy.is_enough(asked):
            raise Refusal("invalid", "the quorum can never be reached: give witnesses with a URL, and a `quorum` line")
        if policy.logs and self._vkey not in {log.key.vkey for log in policy.logs}:
            raise Refusal("invalid", f"the policy names other logs only; this one is `{self._vkey}`")
        return dict(settings)

    async def anchor(self, place: Place, head: SignedHead, tree: HeadTree) -> AnchorProof:
        policy = parse_policy(place.settings["policy"].encode())
        text, ours = split_note(head.note)
        asked = [witness for witness in policy.witnesses.values() if witness.url]
        answers = await asyncio.gather(
            *(_Question(one, head, tree, place.secret).ask(place.seen.get(one.name, 0)) for one in asked),
            return_exceptions=True,
        )
        lines, seen, away = list(ours), dict(place.seen), list[str]()
        for witness, answer in zip(asked, answers, strict=True):
            if isinstance(answer, AnchorAway):
                away.append(f"{witness.name}: {answer}")
            elif isinstance(answer, BaseException):
                raise answer
            else:
                lines += answer
                seen[witness.name] = head.size
        note = join_note(text, lines)
        if not policy.judge(note).enough:
            told = "; ".join(away) or "not enough of them are asked"
            raise AnchorAway(f"{len(asked) - len(away)} of {len(asked)} witnesses cosigned, too few: {told}")
        return AnchorProof(note, b"", seen)

    def holds(self, settings: Mapping[str, str], note: bytes, proof: bytes) -> str:
        try:
            judged = parse_policy(settings["policy"].encode()).judge(note)
        except (NoteError, PolicyError) as error:
            return str(error)
        return "" if judged.enough else "the cosignatures are too few for the quorum of the policy"


class _Question:
    """One head on its way to one witness, which may first say what it saw last."""

    def __init__(self, witness: Witness, head: SignedHead, tree: HeadTree, secret: str) -> None:
        self._witness, self._head, self._tree, self._secret = witness, head, tree, secret

    async def ask(self, seen: int) -> list[Signature]:
        """The cosignatures, verified; `seen` is the size that the witness is believed to have cosigned last."""
        old, size = min(seen, self._head.size), self._head.size
        for _ in range(TRIES):
            answer = await self._add(old)
            if answer.status != 409:
                return self._signatures(answer)
            stated = _stated(answer)
            if stated is None:
                raise AnchorAway("it is busy with another head (409)")
            if stated > size:
                raise self._alarm(f"it cosigned {stated} entries of this log, and here are {size}: its end was cut off")
            if stated == old:
                raise self._alarm(f"it cosigned another root over the same {stated} entries: the log was rewritten")
            old = stated
        raise AnchorAway("it names another size each time")

    async def _add(self, old: int) -> WebAnswer:
        try:
            proof = await asyncio.to_thread(self._tree.consistency, old, self._head.size) if old else []
        except MerkleError as error:
            raise self._alarm(f"the growth from {old} entries cannot be proved: {error}") from error
        lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof), "", ""]
        body = "\n".join(lines).encode() + self._head.note
        return await post(f"{self._witness.url.rstrip('/')}/add-checkpoint", body, "text/plain", self._secret)

    def _signatures(self, answer: WebAnswer) -> list[Signature]:
        if answer.status == 422:
            raise self._alarm("it finds that this log is not the one it cosigned before (422)")
        if answer.status in (403, 404):
            known = "this log" if answer.status == 404 else "the key of this log"
            raise AnchorAway(f"it does not know {known} ({answer.status}); ask its operator to add it")
        if answer.status != 200:
            raise AnchorAway(f"it answers {answer.status}")
        try:
            lines = parse_signatures(answer.body.decode())
        except (NoteError, UnicodeDecodeError) as error:
            raise AnchorAway(f"its answer is unreadable: {error}") from None
        text = split_note(self._head.note)[0]
        ours = [line for line in lines if self._witness.key.made(line)]
        if not ours:
            raise AnchorAway("its answer has no cosignature by the key that the policy gives it")
        if any(self._witness.key.time_of(text, line.signature) is None for line in ours):
            raise AnchorAway("its cosignature does not hold")
        return ours

    def _alarm(self, what: str) -> AnchorAlarm:
        return AnchorAlarm(f"witness `{self._witness.name}`: {what}")


def _stated(answer: WebAnswer) -> int | None:
    found = _SIZE.fullmatch(answer.body)
    return int(found[1]) if found and answer.media.partition(";")[0].strip() == _SIZE_MEDIA else None
