"""Signing in, the one-time link of a new person, and one's own account."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Detail, Form


@dataclass(frozen=True)
class SignInScreen:
    """E-mail and password; `next` is the page the person wanted."""

    form: Form = BLANK
    next: str = "/"


@dataclass(frozen=True)
class WelcomeScreen:
    """A one-time link, opened. It is used by the button and not by opening it: mail scanners open links."""

    name: str
    email: str
    token: str
    expires_us: int


@dataclass(frozen=True)
class AccountScreen:
    """One's own account; the current password is asked for once there is one."""

    details: tuple[Detail, ...]
    has_password: bool
    form: Form = BLANK
