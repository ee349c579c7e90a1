"""The real cloud and the local one."""
