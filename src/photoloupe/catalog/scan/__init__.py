"""Files -> rows: what is new or has changed is read and answered, the rest is not opened."""
