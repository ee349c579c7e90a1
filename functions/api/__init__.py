"""Public functions, for the browser."""
