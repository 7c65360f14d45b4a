"""What-ifs over the record, and trials of a charter's version."""

from typing import Annotated, Literal

from pydantic import Field

from bailiwick.api.wire.base import WHOLE, Digest, Incoming, Micros, Outgoing

Word = Literal["allow", "ask", "deny"]


class NewWhatif(Incoming):
    """Which charter's recorded actions, under which text or published version; exactly one of the two."""

    charter: str = Field(min_length=1, max_length=100, examples=["lead-router"])
    source: str | None = Field(None, min_length=1, max_length=262_144, description="A charter as YAML (or JSON) text")
    version: Annotated[int, Field(ge=1, le=999_999), WHOLE] | None = Field(
        None, description="A version of that charter"
    )
    days: Annotated[int, Field(ge=1, le=3_650), WHOLE] = Field(30, description="How many days back")


class ActionCountBody(Outgoing):
    """How the calls of one action came out; `changes` counts by `before → after`."""

    name: str
    decided: int
    same: int
    untold: int
    changes: dict[str, int]


class WhatifReportBody(Outgoing):
    """`lesser` are changes of tier or approvers under the same verdict; `summed` denials that were only counted."""

    decided: int
    same: int
    changed: int
    lesser: int
    untold: int
    summed: int
    actions: list[ActionCountBody]


class WhatifBody(Outgoing):
    """Where a what-if stands; `done` and `total` count entries of the log."""

    id: str
    charter: str
    digest: Digest
    since_us: Micros
    started_us: Micros
    state: Literal["waiting", "running", "done", "failed"]
    done: int
    total: int
    trouble: str
    report: WhatifReportBody


class RedecidedBody(Outgoing):
    """One action that comes out differently. `made` names the facts that were made up again from the record."""

    index: int
    action: str
    run: str
    agent: str
    name: str
    at_us: Micros
    kind: Literal["verdict", "approvers", "tier"]
    before: Word
    after: Word
    before_tier: str
    after_tier: str
    code: str
    rules: list[str]
    was: str
    sentence: str
    made: list[str]


class UntoldBody(Outgoing):
    """One action of which nobody can tell how it would have come out, and why."""

    index: int
    action: str
    run: str
    agent: str
    name: str
    at_us: Micros
    before: Word
    reason: str


class NewTrial(Incoming):
    """A version to try. A canary decides `percent` hundredths of the runs that are opened from now on."""

    kind: Literal["shadow", "canary"]
    source: str = Field(min_length=1, max_length=262_144, description="The charter as YAML (or JSON) text")
    note: str = Field(min_length=1, max_length=2000, examples=["may now assign leads to Yuki as well"])
    percent: Annotated[int, Field(ge=1, le=100), WHOLE] = Field(10, description="Of a canary; a shadow decides nothing")


class TrialShare(Incoming):
    """Another share of the runs that are opened from now on."""

    percent: Annotated[int, Field(ge=1, le=100), WHOLE]


class TrialNote(Incoming):
    """What the published version changes; without it the note of the trial."""

    note: str = Field("", max_length=2000)


class TrialSideBody(Outgoing):
    """What one version really decided since the trial began: `new` is the one on trial."""

    version: Literal["old", "new"]
    allow: int
    ask: int
    deny: int


class TrialBody(Outgoing):
    """A trial; `steps` are `[since_us, percent]`, `report` is null while a second person has to agree."""

    name: str
    kind: Literal["shadow", "canary"]
    state: Literal["proposed", "running", "stopped", "promoted"]
    digest: Digest
    base: Digest
    overtaken: bool
    percent: int
    steps: list[tuple[int, int]]
    note: str
    source: str
    started_us: Micros
    started_by_name: str
    proposed_by_name: str
    ended_us: int | None
    ended_by_name: str
    sides: list[TrialSideBody]
    report: WhatifReportBody | None
