"""Crops in a collection: codes, index, votes, confirmation."""
