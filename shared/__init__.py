"""The product: domains, their core, and the adapters to the outside."""
