"""A small made-up company whose agents are governed by Bailiwick."""
