"""Recording what the real services answer, and replaying it."""
