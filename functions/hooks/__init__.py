"""Functions that outside systems call."""
