"""`bailiwick doctor`: what is wrong with this machine or data folder, each with what to do about it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import ExitCode


def doctor(
    data: Annotated[Path | None, typer.Option("--data", help="The server's data folder.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="The server's port.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Check Python, the data folder, its keys and its store, the port, the clock, and whether the server answers.

    Every check that does not hold says what to do. Nothing is changed. Exit status 0: nothing is wrong, though
    there may be warnings. 1: something is.

        bailiwick doctor --data ./bailiwick-data
    """
    from bailiwick.cli.examination import examine
    from bailiwick.cli.login_file import DEFAULT_SERVER, read_logins
    from bailiwick.cli.output import print_json, say
    from bailiwick.settings import Settings

    given: dict[str, Any] = {"data": data.absolute() if data else None, "port": port}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    address = server or (settings.url(settings.port) if data or port else read_logins().current or DEFAULT_SERVER)
    checks = examine(settings, address)
    healthy = all(check.state != "fail" for check in checks)
    if as_json:
        print_json({"ok": healthy, "checks": [check.document() for check in checks]})
    else:
        for check in checks:
            say(f"{check.state:<4}  {check.name}: {check.what}", *([f"      {check.fix}"] if check.fix else []))
    if not healthy:
        raise typer.Exit(ExitCode.REFUSED)
