"""`bailiwick demo`: a small made-up company whose agents work through Bailiwick."""

from pathlib import Path
from typing import Annotated

import typer

from bailiwick.cli.option import Json
from bailiwick.cli.trouble import CommandError


def demo(
    once: Annotated[bool, typer.Option("--once", help="Play the story once, print the table, exit.")] = False,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder for everything the demo writes; it is made anew.")
    ] = None,
    port: Annotated[int, typer.Option("--port", help="Port of console and API; 0 takes a free one.")] = 0,
    flip: Annotated[str, typer.Option("--flip", hidden=True)] = "",
    as_json: Json = False,
) -> None:
    """Start a made-up company and watch its agents being governed.

    Real MCP servers, real agents with keys of their own, real e-mail into a local sink. Each row of the table is
    one action with the verdict it should get and the one it got. Without --once it stays up, with sign-in links
    for four people. Exit status 0: every row came out as expected. 1: one did not.

        bailiwick demo --once
    """
    try:
        from bailiwick.demo.run import DemoOptions, run_demo
    except ModuleNotFoundError as error:
        sentence = f"the demo needs packages that are not installed (`{error.name}`): pip install 'bailiwick[demo]'"
        raise CommandError(sentence, tag="missing") from None
    raise typer.Exit(run_demo(DemoOptions(once=once, as_json=as_json, data=data, port=port, flip=flip)))
