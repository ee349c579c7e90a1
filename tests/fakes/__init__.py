"""In-memory adapters that keep the promises of the ports."""
