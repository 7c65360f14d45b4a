"""The way in: the MCP gateway."""
