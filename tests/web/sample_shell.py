"""A day at Acme: the moment, the ids and the people that the other samples share."""

from bailiwick.web import halt
from bailiwick.web.view import Choice, HaltNotice, Shell, SignedIn

S = 1_000_000
NOW = 1_795_363_200 * S  # 22 Nov 2026, 16:00 UTC
DIGEST = "sha256:9f2c" + "0a1b2c3d4e5f" * 5
ROOT = "sha256:41aa" + "7f6e5d4c3b2a" * 5
ANY = (Choice("campaign-drafter", "campaign-drafter"), Choice("lead-router", "lead-router"))
SCOPE = halt.HaltScope(
    "agent:campaign-drafter",
    "campaign-drafter",
    "the agent campaign-drafter",
    "1 run in progress, 1 request waiting for a person",
)
HALT = HaltNotice(
    "hlt-01jd8k", "The agent kb-responder", "Answered with last year's prices", "Ana Ruiz", NOW - 3 * 3600 * S
)
SHELL = Shell(
    NOW,
    SignedIn("Ana Ruiz", "ana@acme.example", ("administrator", "marketing-director")),
    {"approvals": 2, "runs": 1, "connectors": 1},
    csrf="token",
)
