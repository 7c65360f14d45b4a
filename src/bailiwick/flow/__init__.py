"""Use cases, one a module: over core, ledger and ports; no socket, file or clock in here."""
