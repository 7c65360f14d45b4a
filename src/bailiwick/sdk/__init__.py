"""An agent's own side: its key, its tokens, its runs.

    async with AgentSession("https://bailiwick.acme.example", "lead-router", "lead-router.pem") as session:
        run = await session.open_run(intent="route the leads of today", workflow="lead-routing")
        found = await run.call("crm__query", {"object_type": "contacts"})
        await run.close("finished")

`bailiwick.sdk.mcp_auth.connect(run)` gives the MCP library's own client instead of `call`.
"""

from bailiwick.sdk.agent import AgentSession, Run
from bailiwick.sdk.door import AgentError, NoAnswerError, RefusedError

__all__ = ["AgentError", "AgentSession", "NoAnswerError", "RefusedError", "Run"]
