"""The emulator of KMS and Secret Manager, seen through the official clients."""
