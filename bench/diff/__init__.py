"""Charters compared by core/compare against brute force: every request and every fact of small worlds, one by one."""
