"""Charters and catalogues that nobody would write: every one is read, or refused in words with a line."""
