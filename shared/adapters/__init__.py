"""The outside: one module for each technology and the role it plays. Only `shared.app` imports from here."""
