"""Credits: grants, holds, captures, releases, and the ledger that proves them."""
