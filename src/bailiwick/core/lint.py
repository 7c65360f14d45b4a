"""Is the charter narrow enough to explain in a paragraph, and does its purpose say something?"""

import re
from collections.abc import Iterable
from typing import Final

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.charter import Charter
from bailiwick.core.plain import scope
from bailiwick.core.problem import Problem

LONGEST_SCOPE: Final = 1_200
FEWEST_WORDS: Final = 5
VAGUE: Final = (
    *(
        "marketing agent",
        "marketing assistant",
        "marketing automation",
        "it agent",
        "it assistant",
        "ai agent",
    ),
    *(
        "ai assistant",
        "general purpose",
        "general assistant",
        "virtual assistant",
        "digital worker",
        "copilot",
    ),
    *("various tasks", "and more", "and so on", "etc", "anything", "everything", "all tasks", "any task"),
    *("as needed", "whatever", "helps with", "help with", "do stuff", "miscellaneous"),
)
VENDORS: Final = (
    *("adobe", "airtable", "anthropic", "asana", "atlassian", "aws", "azure", "bedrock", "braze", "chatgpt"),
    *("claude", "confluence", "datadog", "deepseek", "facebook", "freshdesk", "gemini", "github", "gitlab"),
    *("google", "gpt", "grok", "hubspot", "instagram", "intercom", "jira", "klaviyo", "linkedin", "llama"),
    *("mailchimp", "marketo", "meta ads", "microsoft", "mistral", "monday.com", "notion", "okta", "openai"),
    *("oracle", "pagerduty", "pardot", "salesforce", "sap", "sendgrid", "servicenow", "slack", "snowflake"),
    *("tiktok", "twilio", "workday", "zapier", "zendesk", "zoho"),
)
_UNNAMED: Final = frozenset({"all", "any", "default", "general", "misc", "none", "other", "tbd", "todo", "various"})


def lint(charter: Charter, entries: Iterable[ActionEntry]) -> tuple[Problem, ...]:
    """Everything that makes the charter vague or broad, each with the fix."""
    problems = [*_purpose(charter), *_vendors(charter)]
    if charter.workflow in _UNNAMED:
        message = f"`{charter.workflow}` names no workflow: write the one it works for, as in `lead-routing`"
        problems.append(Problem(("workflow",), message))
    length = len(scope(charter, entries))
    if length > LONGEST_SCOPE:
        message = (
            f"too broad: what it may do takes {length:,} characters to say, the most is {LONGEST_SCOPE:,}; "
            "split it into two agents or drop grants"
        )
        problems.append(Problem(("can",), message))
    if charter.owner.accountable == charter.owner.backup:
        message = "is the accountable owner again: name somebody who is there when they are not"
        problems.append(Problem(("owner", "backup"), message, "warning"))
    if not charter.cannot:
        message = "prohibits nothing: name what the agent must never do, even if somebody grants it later"
        problems.append(Problem(("cannot",), message, "warning"))
    return tuple(problems)


def _purpose(charter: Charter) -> list[Problem]:
    problems = []
    words = len(re.findall(r"\w+", charter.purpose))
    if words < FEWEST_WORDS:
        message = f"has {words} of at least {FEWEST_WORDS} words: say what the agent does, to what, for whom"
        problems.append(Problem(("purpose",), message))
    for phrase in VAGUE:
        if _holds(charter.purpose, phrase):
            message = f"`{phrase}` says nothing of what it does: name the work, as in `Assign new leads to sales`"
            problems.append(Problem(("purpose",), message))
    return problems


def _vendors(charter: Charter) -> list[Problem]:
    problems = []
    for vendor in VENDORS:
        if _holds(charter.purpose, vendor):
            message = f"names the vendor `{vendor}`: say what the work is, the connector already says where"
            problems.append(Problem(("purpose",), message))
        if _holds(charter.name.replace("-", " "), vendor):
            message = f"names the vendor `{vendor}`: name the role, which outlives the product"
            problems.append(Problem(("charter",), message))
    return problems


def _holds(text: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text.casefold()) is not None
