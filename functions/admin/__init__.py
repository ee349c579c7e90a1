"""Functions for operators, behind IAM."""
