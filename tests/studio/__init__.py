"""The studio in a real browser, on the whole local cloud."""
