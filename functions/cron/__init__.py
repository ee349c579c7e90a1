"""Cloud Scheduler targets."""
