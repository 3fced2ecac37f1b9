"""A catalogue that is served."""
