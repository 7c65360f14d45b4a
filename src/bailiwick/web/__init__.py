"""The console: server-rendered pages for the people who own, approve and audit agents.

A page module a noun holds the values its templates show (plain frozen dataclasses). Templates know
nothing but those values, so a page can be rendered, looked at and tested without a database.
"""
