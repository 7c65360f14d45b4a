"""Bailiwick: charters, approvals and a verifiable record for autonomous agents."""
