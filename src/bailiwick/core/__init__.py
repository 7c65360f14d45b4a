"""The pure core: values in, verdicts out; no input or output, no clock, no chance."""
