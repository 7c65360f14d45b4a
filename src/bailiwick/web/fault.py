"""What the console says when it cannot do what was asked: a sentence, and the way on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """An error page: what happened, what to do now, and where (`href`, `label`) that is done."""

    status: int
    title: str
    sentence: str
    advice: str
    href: str = "/"
    label: str = "Go to the start page"
    reference: str = ""


def forbidden(why: str) -> Fault:
    """403: signed in, and not allowed; `why` is a whole sentence."""
    return Fault(403, "You may not do this", why, "An administrator can give you the role it needs under People.")


def unproven(why: str) -> Fault:
    """403: a form whose origin cannot be proven (see `csrf`)."""
    return Fault(403, "Nothing was sent", f"{why[:1].upper()}{why[1:]}.", "Nothing has been changed.")


def missing(path: str) -> Fault:
    """404."""
    return Fault(
        404,
        "There is nothing here",
        f"The console has no page at {path}.",
        "The address may be mistyped, or what it named is gone. The record still tells what happened.",
        "/record",
        "Search the record",
    )


def stale(approval: str) -> Fault:
    """409: the vote was for a digest that is no longer the one waiting."""
    return Fault(
        409,
        "This request changed while you were reading it",
        "Your vote was not counted: it was for a version of the request that is no longer the one waiting.",
        "Read the request as it is now, then decide again.",
        f"/approvals/{approval}",
        "Read it again",
    )


def broken(reference: str) -> Fault:
    """500: our mistake; `reference` finds it in the server's log and says nothing else."""
    return Fault(
        500,
        "Something went wrong on our side",
        "The page could not be made. No page decides an action, so nothing has been let through.",
        "Try again in a moment. If it stays, give your administrator the reference below.",
        reference=reference,
    )
