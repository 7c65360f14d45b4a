"""Measurements and outside suites that drive Bailiwick as a separate process."""
