"""What can be proved of the cloud without one: `python -m infra.check`."""
