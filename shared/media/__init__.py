"""Media records: what was made, and where in the user's Drive it is."""
