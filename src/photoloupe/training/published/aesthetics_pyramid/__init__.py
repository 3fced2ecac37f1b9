"""The complete picture, pooled in a pyramid of bins: a rating, and good or not good."""
