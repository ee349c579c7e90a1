"""Google on this machine: sign-in with granular consent, tokens, and Drive under drive.file."""
