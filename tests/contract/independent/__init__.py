"""The emulator of Google, and what stands on it."""
