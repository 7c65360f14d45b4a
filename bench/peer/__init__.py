"""Other decision engines, given the same number of rules and the same calls as ours."""
