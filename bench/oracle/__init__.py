"""A second reading of charters: exported to Cedar, whose answers ours are held against.

Nothing here calls `core.decide`, `core.limit` or any other part of what is being judged: the charter is read from
its document again, its meaning is written in Cedar, and Cedar's own engine answers. `comparison` alone knows both.
"""
