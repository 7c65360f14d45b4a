"""Killing the server, at every edge of an action and at any moment, and looking at what is left."""
