"""The connection to a user's own Google Drive."""
