"""The Cloud Storage emulator, seen through the official client."""
