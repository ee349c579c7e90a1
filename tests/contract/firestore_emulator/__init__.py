"""Google's Firestore emulator, as we start it."""
