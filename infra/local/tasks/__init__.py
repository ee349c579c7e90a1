"""Cloud Tasks on one machine: the official client's messages, real HTTP dispatch, state that survives a kill."""
