"""What the console's addresses answer: one module a noun, each with its `ROUTES`."""
