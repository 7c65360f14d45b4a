"""Sentences about what the last form did. A cookie carries the tag, so that no address can put words in our mouth."""

from typing import Final

from bailiwick.web.view import Flash

SAID_COOKIE: Final = "bailiwick_said"
_SENTENCES: Final = {
    "signed-in": ("ok", "You are signed in. Set a password, so that you can come back."),
    "signed-out": ("ok", "You are signed out."),
    "password": ("ok", "Your password was saved. You are signed out everywhere else."),
    "approve": ("ok", "Your approval was counted."),
    "deny": ("ok", "The request was denied."),
    "activated": ("ok", "In force for every run that is opened from now on."),
    "halted": ("ok", "Stopped. Everything in this scope is refused from now on."),
    "erased": ("ok", "Forgotten. Nothing of theirs can be read any more, and the record says that it was done."),
    "retention": ("ok", "The rule was set, and the record says so."),
    "pruned": ("ok", "Removed. Every proof stays valid, and the record says what went."),
    "resumed": ("ok", "Resumed. It may act again."),
    "person": ("ok", "The change was saved and is on the record."),
    "accepted": ("ok", "What it is now is pinned, and your note is on the record."),
    "agreed": ("ok", "You have agreed. The other owner has to agree too."),
    "charter-published": ("ok", "Published. It decides from the next action on."),
    "charter-proposed": ("warn", "Proposed. Both owners have to agree to it."),
    "charter-withdrawn": ("ok", "Taken back. The version in force stays."),
    "charter-tagged": ("ok", "The tag points at this version now."),
    "trimmed": ("ok", "Published. The grants that nobody used are gone."),
    "on-trial": ("ok", "Noted. Below is what it decides differently, from now on."),
    "share": ("ok", "The share counts for runs that are opened from now on."),
    "trial-stopped": ("ok", "Stopped. The version in force decides every run from the next action on."),
    "promoted": ("ok", "Published. It decides every run from the next action on."),
    "promotion-proposed": ("warn", "Proposed. Both owners have to agree; the trial goes on."),
    "search-saved": ("ok", "Saved. The address of this page can be given to anybody who signs in here."),
    "search-deleted": ("ok", "The search was deleted; its link leads nowhere now."),
    "anchor-added": ("ok", "Added. The next round gives it the newest checkpoint."),
    "anchored": ("ok", "It holds the newest checkpoint now."),
    "anchor-late": ("warn", "It did not take the checkpoint; below is what it said."),
    "anchor-removed": ("ok", "Removed. What it holds still counts."),
    "reconciled": ("ok", "The outcome was settled, and your note is on the record."),
}


def said(tag: str) -> Flash | None:
    """The sentence of a tag; an unknown tag says nothing."""
    found = _SENTENCES.get(tag)
    return Flash(*found) if found else None
