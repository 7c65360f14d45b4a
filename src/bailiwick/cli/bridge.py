"""`bailiwick bridge`: an MCP server on stdio that holds an agent's key, for clients that only know stdio."""

from pathlib import Path
from typing import Annotated

import typer

from bailiwick.cli.trouble import agent_trouble, usage


def bridge(
    agent: Annotated[str, typer.Option("--agent", envvar="BAILIWICK_AGENT", help="The enrolled agent's name.")],
    key: Annotated[
        Path, typer.Option("--key", envvar="BAILIWICK_KEY", metavar="FILE", help="Its private key, mode 0600.")
    ],
    intent: Annotated[str | None, typer.Option("--intent", help="What this session is for; opens a run.")] = None,
    workflow: Annotated[str | None, typer.Option("--workflow", help="The workflow of the agent's charter.")] = None,
    requester: Annotated[
        str | None, typer.Option("--requester", metavar="EMAIL", help="Who the work is for; they may not approve it.")
    ] = None,
    server: Annotated[
        str, typer.Option("--server", envvar="BAILIWICK_SERVER", metavar="URL", help="Which installation.")
    ] = "http://127.0.0.1:8700",
) -> None:
    """Serve MCP on standard input and output, and forward every message to Bailiwick as the agent.

    For desktop clients: configure this as the command of an MCP server. With --intent and --workflow the
    session is one run, opened with the first message and closed at the end; without them its actions belong
    to a run whose intent reads `undeclared`. The key stays here, tokens are renewed by themselves, and
    messages go through byte for byte, in both revisions of MCP. Standard output carries the protocol only.

        bailiwick bridge --agent git-scribe --key git-scribe.pem --intent "tidy the changelog" --workflow release
    """
    if (intent is None) != (workflow is None):
        raise usage("give --intent and --workflow together, or neither")
    import asyncio

    from bailiwick.cli.errand import Errand
    from bailiwick.cli.forward import run_bridge
    from bailiwick.sdk.door import AgentError

    errand = Errand(intent, workflow, requester) if intent and workflow else None
    try:
        asyncio.run(run_bridge(server, agent, key, errand))
    except AgentError as error:
        raise agent_trouble(error) from None
