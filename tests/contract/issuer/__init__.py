"""The local OpenID Connect issuer."""
