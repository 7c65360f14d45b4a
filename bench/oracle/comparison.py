"""Both answers side by side."""

from dataclasses import dataclass

from bench.oracle.case import Call, Case
from bench.oracle.cedar import DENY, Answer, Oracle
from bench.oracle.subject import Reply, Subject
from bench.oracle.terms import Terms


@dataclass(frozen=True)
class Disagreement:
    """A case on which the two answer differently, or refuse for reasons that do not meet."""

    case: Case
    ours: Reply
    cedar: Answer

    def __str__(self) -> str:
        ours = self.ours.verdict + (f" ({self.ours.reason}: {self.ours.sentence})" if self.ours.reason else "")
        said = [*sorted(self.cedar.reasons), *self.cedar.troubles]
        cedar = self.cedar.verdict + (f" ({', '.join(said)})" if said else "")
        return f"ours:  {ours}\nCedar: {cedar}\n{self.case!r}"


def agree(terms: Terms, tool: str, ours: Reply, cedar: Answer) -> bool:
    """Whether two answers to one call are the same: verdict and tier, and for a refusal a reason that both found.

    An error of Cedar's refuses, but only a tool that nobody catalogued may cause one: any other is a hole in
    the export that would hide behind refusals, so it counts as a disagreement.
    """
    if ours.verdict != cedar.verdict:
        return False
    if tool not in terms.tools:
        return True
    return not cedar.troubles and (ours.verdict != DENY or ours.reason in cedar.reasons)


class Comparison:
    """One pair of documents, compiled by both sides."""

    def __init__(self, terms: Terms, core: str = "bailiwick.core") -> None:
        self.terms = terms
        self.subject, self.oracle = Subject(terms, core), Oracle(terms)

    def judge(self, call: Call) -> tuple[str, Disagreement | None]:
        """Our verdict, and the disagreement if there is one."""
        ours, cedar = self.subject.reply(call), self.oracle.answer(call.tool, call.arguments, call.facts)
        same = agree(self.terms, call.tool, ours, cedar)
        return ours.verdict, None if same else Disagreement(Case(self.terms, call), ours, cedar)
