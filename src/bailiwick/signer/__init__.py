"""Signing of checkpoints: a key that remembers what it signed, in this process or in one of its own."""
