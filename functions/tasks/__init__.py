"""Cloud Tasks targets."""
