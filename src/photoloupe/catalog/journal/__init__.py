"""What was done to files, so that it can be undone."""
