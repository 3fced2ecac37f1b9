"""The questions that models answer, one module each."""
