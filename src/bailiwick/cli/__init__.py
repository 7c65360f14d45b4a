"""The command line: an authenticated client of the same API as the console, and the way to start the server."""
