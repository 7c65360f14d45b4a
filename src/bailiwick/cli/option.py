"""Options that many commands share, each declared once."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text for people.")]
Server = Annotated[
    str,
    typer.Option(
        "--server",
        envvar="BAILIWICK_SERVER",
        metavar="URL",
        help="Which installation; without it the one of the last `bailiwick login`.",
        show_default=False,
    ),
]
