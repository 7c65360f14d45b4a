"""The way out: MCP over HTTP and stdio, credentials injected here and nowhere else."""
