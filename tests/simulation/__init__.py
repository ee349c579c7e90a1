"""simulation tests."""
