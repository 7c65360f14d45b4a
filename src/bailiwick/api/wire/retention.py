"""Bodies about how long payloads are kept."""

from typing import Annotated

from pydantic import Field

from bailiwick.api.wire.base import WHOLE, Incoming, Micros, Outgoing

Days = Annotated[int, Field(ge=0, le=36_500), WHOLE]


class RetentionBody(Outgoing):
    """How long payloads of a data class are kept; `every` stands for the classes without a rule of their own."""

    data_class: str = Field(examples=["customer"])
    keep_days: int = Field(description="At least; can only be made longer")
    most_days: int = Field(description="At most; 0 means for ever")


class RetentionRuleSet(Incoming):
    """How long at least and at most; a month goes at once, so the two lie 31 days apart or more."""

    keep_days: Days = Field(examples=[183])
    most_days: Days = Field(examples=[400], description="0 means for ever")


class PruneAsked(Incoming):
    """Without `confirm` nothing is removed, and the answer says what would be."""

    confirm: bool = Field(False, description="There is no way back")


class PrunedPeriodBody(Outgoing):
    """A month of a data class that has served its time."""

    data_class: str
    until_us: Micros
    payloads: int


class PrunedBody(Outgoing):
    """What a round removed, or would."""

    periods: list[PrunedPeriodBody]
    rows: int = Field(description="Rows of past runs, days and windows")
    texts: int = Field(description="Intents of runs and comments of votes in old rows")
