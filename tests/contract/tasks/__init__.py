"""The Cloud Tasks emulator, seen through the official client."""
