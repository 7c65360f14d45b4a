"""What the console says when it cannot do what was asked: a sentence, and the way on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FaultScreen:
    """An error page: what happened, what to do now, and where (`href`, `label`) that is done."""

    status: int
    title: str
    sentence: str
    advice: str
    href: str = "/"
    label: str = "Go to the start page"
    reference: str = ""


def forbidden(why: str) -> FaultScreen:
    """403: signed in, and not allowed; `why` is a whole sentence."""
    return FaultScreen(403, "You may not do this", why, "An administrator can give you the role it needs under People.")


def unproven(why: str) -> FaultScreen:
    """403: a form whose origin cannot be proven (see `csrf`)."""
    return FaultScreen(403, "Nothing was sent", f"{why[:1].upper()}{why[1:]}.", "Nothing has been changed.")


def missing(path: str) -> FaultScreen:
    """404."""
    return FaultScreen(
        404,
        "There is nothing here",
        f"The console has no page at {path}.",
        "The address may be mistyped, or what it named is gone. The record still tells what happened.",
        "/record",
        "Search the record",
    )


def tokenless() -> FaultScreen:
    """403: the request carries a token; those are for programs."""
    return FaultScreen(
        403,
        "Tokens do not open the console",
        "The console is for people who signed in with their browser. This request came with an `Authorization` header.",
        "Agents act through /mcp, and programs use the API below /v1.",
        "/sign-in",
        "Sign in",
    )


def unreadable(why: str) -> FaultScreen:
    """400: a form that no page of ours sends."""
    return FaultScreen(
        400, "This form cannot be read", f"Nothing was done, because {why}.", "Reload the page and try again."
    )


def unavailable(why: str) -> FaultScreen:
    """503: the store does not answer just now."""
    return FaultScreen(
        503,
        "The record cannot be reached just now",
        f"{why[:1].upper()}{why[1:]}.",
        "Nothing was done. Nothing is let through meanwhile either: what cannot be recorded does not happen.",
    )


def spent_link(why: str) -> FaultScreen:
    """403: a one-time link that signs nobody in any more."""
    return FaultScreen(
        403,
        "This link does not sign you in",
        f"{why[:1].upper()}{why[1:]}.",
        "If you have set a password, sign in with it. Otherwise an administrator makes a new link under People.",
        "/sign-in",
        "Sign in",
    )


def refused(status: int, why: str) -> FaultScreen:
    """Any other refusal, in the sentence that it came with."""
    title = {403: "You may not do this", 404: "There is nothing here", 409: "It changed meanwhile"}
    sentence = f"{why[:1].upper()}{why[1:].rstrip('.')}."
    return FaultScreen(status, title.get(status, "This cannot be done"), sentence, "Nothing has been changed.")


def broken(reference: str) -> FaultScreen:
    """500: our mistake; `reference` finds it in the server's log and says nothing else."""
    return FaultScreen(
        500,
        "Something went wrong on our side",
        "The page could not be made. No page decides an action, so nothing has been let through.",
        "Try again in a moment. If it stays, give your administrator the reference below.",
        reference=reference,
    )
