"""`bailiwick login` and `logout`: a personal token for this machine, kept in the user's configuration folder."""

from typing import Annotated

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import usage

LINK_PATH = "/sign-in/link/"


def login(
    link: Annotated[str | None, typer.Option("--link", metavar="URL", help="One-time sign-in link.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="Your address; the password is asked for.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Sign in and keep a personal token on this machine.

    With a one-time link (the first start of a server prints one; administrators make others with
    `bailiwick person link`) or with e-mail address and password. The token is good for 30 days and is kept in
    a file that only you can read. The server becomes the one that later commands talk to.

        bailiwick login --link http://127.0.0.1:8700/sign-in/link/bwk_link_…

        bailiwick login --email ana@acme.example --server https://bailiwick.acme.example
    """
    from bailiwick.cli.api_client import ApiClient, place
    from bailiwick.cli.login_file import Login, read_logins
    from bailiwick.cli.output import moment, show

    kept = read_logins()
    if link is not None:
        address, _, token = link.partition(LINK_PATH)
        if not token and not server:
            raise usage("give the link whole, as it was printed, or say which --server it is for")
        address = server or address
        body = {"link": link}
    else:
        address = server or kept.current
        email = email or typer.prompt("E-mail", err=True)
        body = {"email": email, "password": typer.prompt("Password", hide_input=True, err=True)}
    client = ApiClient(address, None)
    session = client.post(place("sessions"), body)
    person = session["person"]
    kept.put(Login(client.server, person["email"], session["expires_us"], session["token"]))
    told = {"server": client.server, "expires_us": session["expires_us"], "person": person}
    roles = ", ".join(person["roles"]) or "no role"
    until = moment(session["expires_us"])
    show(told, as_json, f"Signed in to {client.server} as {person['email']} ({roles}) until {until}.")


def logout(server: Server = "", as_json: Json = False) -> None:
    """Sign out: the server forgets the token, and so does this machine.

    bailiwick logout
    """
    from bailiwick.cli.api_client import ApiClient, check_address, place
    from bailiwick.cli.login_file import read_logins
    from bailiwick.cli.output import show
    from bailiwick.cli.trouble import CommandError, ExitCode

    kept = read_logins()
    address = check_address(server) if server else kept.current
    gone = kept.drop(address)
    if gone is None:
        raise CommandError(f"nobody is signed in to `{address}` here", ExitCode.SIGNED_OUT, tag="unsigned")
    try:
        ApiClient(address, gone.token).delete(place("sessions", "current"))
    except CommandError as error:
        if error.code != ExitCode.SIGNED_OUT:
            raise
    show({"server": address, "signed_out": True}, as_json, f"Signed out of {address}.")


def whoami(server: Server = "", as_json: Json = False) -> None:
    """Say who is signed in, and with which roles.

    bailiwick whoami --json
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    client = connect(server)
    me = client.get(place("me"))
    roles = ", ".join(me["roles"]) or "no role"
    show({"server": client.server, "person": me}, as_json, f"{me['email']} at {client.server} ({roles})")
