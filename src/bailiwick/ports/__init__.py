"""What the flows need from outside, as protocols whose contract is prose."""
