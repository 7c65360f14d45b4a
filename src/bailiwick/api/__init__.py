"""REST under /v1 and OAuth for agents: one router a noun, wire types of its own, one shape of error."""
