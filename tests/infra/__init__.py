"""What is said of the cloud without one."""
