"""Questions to the rows: an expression, similar pictures, crop relations."""
