"""The charter's form as a JSON Schema, so that an editor completes and checks it while it is written.

Built from the words that the reader itself knows. It accepts every charter that is one; what it cannot see (whether an
action exists, who could approve) is said when the charter is checked.
"""

from typing import Any, Final

from bailiwick.core.action_name import ACTION, PATTERN
from bailiwick.core.approval_rule import EXCLUDED
from bailiwick.core.budget_limit import MONEY, SCOPES, USUAL_UNITS
from bailiwick.core.charter import CHARTER_KEYS, DATE, NEEDED_KEYS, RUN_USUAL
from bailiwick.core.limit import ARGUMENT, EMAIL, HOST, Op
from bailiwick.core.reading import COUNT, DURATION, LARGEST, MICROS, MONEY_TEXT, NAME
from bailiwick.core.tier import SIZE, Tier
from bailiwick.core.window import DAYS, HOURS

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""Older than the newest on purpose: it is the draft that editors know."""

Schema = dict[str, Any]


def charter_schema() -> Schema:
    """The schema of a charter, as plain JSON."""
    return {
        "$schema": DRAFT,
        "title": "Bailiwick charter",
        "description": "What one agent role may do, must ask for and must never do.",
        **closed(_TOP, NEEDED_KEYS),
        "definitions": {
            "action": worded(ACTION.pattern, "One action of a catalogue, such as crm.contact.read."),
            "name": worded(NAME.pattern, "Lower-case letters, digits and hyphens."),
            "count": _count(0),
            "number": _count(-LARGEST),
            "money": _MONEY,
            "duration": worded(DURATION.pattern, "A time span: 4h, 30m, 20s, 2d or 1h 30m."),
            "tier": _TIER,
            "limit": _limit("number"),
            "money_limit": _limit("money"),
            "approve": _APPROVE,
            "window": _WINDOW,
            "order": _ORDER,
            "units": _UNITS,
        },
    }


def closed(properties: Schema, needed: tuple[str, ...] = (), description: str = "") -> Schema:
    """An object with these keys and no other."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if needed:
        schema["required"] = list(needed)
    return said(schema, description)


def worded(pattern: str, description: str = "") -> Schema:
    """Text that matches a whole pattern of the reader."""
    return said({"type": "string", "pattern": f"^(?:{pattern})$"}, description)


def choice(words: tuple[str, ...], description: str = "") -> Schema:
    """One of some words."""
    return said({"type": "string", "enum": list(words)}, description)


def listed(items: Schema, description: str = "", *, least: int = 0, distinct: bool = True) -> Schema:
    """A list of such items."""
    schema: Schema = {"type": "array", "items": items}
    if least:
        schema["minItems"] = least
    if distinct:
        schema["uniqueItems"] = True
    return said(schema, description)


def said(schema: Schema, description: str) -> Schema:
    """The schema with words that an editor shows."""
    return {**schema, "description": description} if description else schema


def defined(name: str, description: str = "") -> Schema:
    """A reference to one of the definitions; draft 07 hears a description only beside `allOf`."""
    reference: Schema = {"$ref": f"#/definitions/{name}"}
    return said({"allOf": [reference]}, description) if description else reference


TEXT: Final[Schema] = {"type": "string", "pattern": r"^\S(?:.*\S)?$"}
PROSE: Final[Schema] = {"type": "string", "pattern": r"\S"}
SCALAR: Final[Schema] = {"anyOf": [TEXT, {"type": "integer"}, {"type": "boolean"}]}
YES: Final[Schema] = {"const": True}


def _count(least: int) -> Schema:
    written = {"type": "string", "pattern": f"^(?:{COUNT.pattern})$"}
    return said(
        {"anyOf": [{"type": "integer", "minimum": least, "maximum": LARGEST}, written]},
        "A whole number: 5000, 500k or 2m.",
    )


_MONEY: Final = said(
    {
        "anyOf": [
            {"type": "integer", "minimum": 0, "maximum": LARGEST // MICROS},
            {"type": "string", "pattern": f"^(?:{MONEY_TEXT.pattern})$"},
        ]
    },
    'Money: 2, "2.50" or 20k; text in quotes, never a float.',
)
_STEP: Final = closed(
    {"max": {"anyOf": [defined("count"), defined("money")]}, "is": choice(tuple(tier.word for tier in Tier))},
    ("max", "is"),
)
_TIER: Final = said(
    {
        "anyOf": [
            choice(tuple(tier.word for tier in Tier)),
            closed(
                {
                    "by": worded(SIZE.pattern, "An argument, a measure, or its total: records, day.records, day.usd."),
                    "steps": listed(_STEP, "Maxima rise, tiers never fall.", least=1),
                    "else": choice(tuple(tier.word for tier in Tier), "Above the last step."),
                },
                ("by", "steps", "else"),
            ),
        ]
    },
    "low runs, medium runs and notifies, high asks, never cannot be approved; or steps by size.",
)


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [item, listed(item, least=1)]}


def _limit(number: str) -> Schema:
    known = {
        Op.MAX: defined(number, "At most this much."),
        Op.MIN: defined(number, "At least this much."),
        Op.ONE_OF: listed(SCALAR, "Exactly one of these.", least=1),
        Op.ONLY: listed(SCALAR, "A list of nothing but these, or an object with no other keys.", least=1),
        Op.DOMAIN: said(_one_or_more(worded(HOST.pattern)), "E-mail or web addresses of these domains."),
        Op.STARTS_WITH: said(_one_or_more(TEXT), "Text that starts so."),
        Op.MATCHES: said(_one_or_more(TEXT), "Text like INV-####: # a digit, ? a letter or digit, * any run of them."),
        Op.UNIQUE_WITHIN: defined("duration", "No value again within this time."),
        Op.REQUIRED: said(YES, "Must be there and not empty."),
        Op.FORBIDDEN: said(YES, "Must be left out."),
    }
    if number == "money":
        known = {op: schema for op, schema in known.items() if op in (Op.MAX, Op.MIN, Op.REQUIRED, Op.FORBIDDEN)}
    schema = closed({op.value: known[op] for op in Op if op in known})
    schema["properties"]["optional"] = {"type": "boolean", "description": "Whether it may be left out."}
    schema["anyOf"] = [{"required": [op.value]} for op in known]
    schema["dependencies"] = {Op.FORBIDDEN.value: {"maxProperties": 1}}
    return schema


_APPROVE: Final = closed(
    {
        "all_of": listed(
            closed({"role": defined("name")}, ("role",)), "Each a different person.", least=1, distinct=False
        ),
        "not": {**listed(choice(tuple(sorted(EXCLUDED)))), "minItems": len(EXCLUDED)},
        "within": defined("duration", "How long the question stays open."),
    },
    ("all_of", "within"),
    "Who must consent before a high action runs.",
)
_DAY: Final = worded(rf"(?:{'|'.join(DAYS)})(?:-(?:{'|'.join(DAYS)}))?", "A day or a span: mon-fri.")
_WINDOW: Final = closed(
    {
        "days": {"anyOf": [_DAY, listed(_DAY, least=1, distinct=False)]},
        "hours": worded(HOURS.pattern, 'In quotes: "07:00-20:00".'),
        "zone": said(TEXT, "A time zone, such as Europe/Madrid."),
    },
    ("days", "hours", "zone"),
    "When it may act.",
)
_ORDER: Final[Schema] = {
    "anyOf": [
        closed(
            {
                "before": defined("action", "Refused..."),
                "require": defined("action", "...until this one has succeeded in the same piece of work."),
            },
            ("before", "require"),
        ),
        closed(
            {
                "after": defined("action", "Once this was intended in the same piece of work..."),
                "never": defined("action", "...this one is refused."),
            },
            ("after", "never"),
        ),
    ]
}
_UNITS: Final[Schema] = {
    "type": "object",
    "properties": {unit: defined("money" if unit in MONEY else "count") for unit in USUAL_UNITS},
    "additionalProperties": defined("count"),
    "propertyNames": defined("name"),
    "minProperties": 1,
}
_GRANT: Final = closed(
    {
        "do": defined("action"),
        "tier": defined("tier"),
        "limits": said(
            {
                "type": "object",
                "properties": {unit: defined("money_limit") for unit in MONEY},
                "additionalProperties": defined("limit"),
                "propertyNames": worded(ARGUMENT.pattern),
            },
            "By argument, or by what the catalogue measures. A limited argument must be there.",
        ),
        "approve": defined("approve"),
        "when": defined("window"),
    },
    ("do", "tier"),
)
_PROPERTIES: Final[Schema] = {
    "charter": defined("name", "The name of the role."),
    "purpose": said(PROSE, "What the agent does, to what, for whom."),
    "workflow": defined("name", "The piece of business work it belongs to."),
    "owner": closed(
        {
            "accountable": worded(EMAIL.pattern, "The e-mail address of who answers for it."),
            "backup": worded(EMAIL.pattern, "Who is there when they are not."),
            "review_by": worded(DATE.pattern, "The date of the next review: 2027-02-01."),
        },
        ("accountable", "backup", "review_by"),
    ),
    "data": closed(
        {
            "may_read": listed(defined("name"), "Classes of data that it may read."),
            "may_send_out": listed(defined("name"), "Classes of data that may leave."),
        },
        ("may_read", "may_send_out"),
    ),
    "can": listed(_GRANT, "One grant an action.", distinct=False),
    "cannot": listed(worded(PATTERN.pattern), "What it may never do, whoever asks: billing.*"),
    "approve": defined("approve"),
    "order": listed(defined("order"), "Which action must come first, and which may never follow."),
    "when": defined("window"),
    "run": closed(
        {key: said(_count(0 if key == "retries" else 1), f"{usual} if left out.") for key, usual in RUN_USUAL.items()},
        description="What one run may use.",
    ),
    "budget": {
        **closed({key: defined("units") for key in SCOPES}),
        "minProperties": 1,
        "description": "What a run, or an agent's day, may use up in all.",
    },
    "sla": defined("name", "Its service level."),
    "evaluation": defined("name", "The suite it is tried out with."),
}
_TOP: Final[Schema] = {key: _PROPERTIES[key] for key in CHARTER_KEYS}
