"""An OpenID Connect issuer on one machine: it stands for wherever users signed in by e-mail."""
