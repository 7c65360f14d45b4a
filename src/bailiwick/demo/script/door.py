"""Ways round and past Bailiwick: wrong tokens, wrong doors, and straight to the upstreams."""

from bailiwick.demo.script.marketing import DRAFTER, ROUTER
from bailiwick.demo.script.operations import QA, RESPONDER, TRIAGE
from bailiwick.demo.script.step import NOTHING, AgentAtConsole, ExpiredToken, PersonAsAgent, Row, Scene, Straight

_SEGMENTS = {"object_type": "segments"}


def _straight(agent: str, upstream: str, expected: str) -> Row:
    situation = f"goes straight to the {upstream} server" if upstream != "sink" else "goes straight to the mail relay"
    return Row(f"straight-to-{upstream}", situation, Straight(agent, upstream), expected, on_record=NOTHING)


DOORS = Scene(
    "Round the gate, and through the wrong door",
    (
        Row(
            "token-expired",
            "uses a token past its expiry",
            ExpiredToken(DRAFTER, "crm__query", _SEGMENTS),
            "refused: 401",
            on_record=NOTHING,
        ),
        _straight(ROUTER, "crm", "refused: 401 401 401"),
        _straight(DRAFTER, "ads", "refused: 401 401 401"),
        _straight(RESPONDER, "email", "refused: 401 401 401"),
        _straight(TRIAGE, "desk", "refused: 401 401 401"),
        _straight(RESPONDER, "sink", "refused: 530 535 535"),
        Row(
            "person-as-agent",
            "acts as an agent with a person's token",
            PersonAsAgent("director", "crm__query", _SEGMENTS),
            "refused: 401",
            on_record=NOTHING,
        ),
        Row(
            "agent-at-console",
            "opens the people's API with an agent's token",
            AgentAtConsole(QA, "/v1/approvals"),
            "refused: 403",
            on_record=NOTHING,
        ),
    ),
)
