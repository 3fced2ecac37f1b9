"""The whole picture, pooled in a pyramid of bins: a rating, and good or not good."""
