"""Find crops among many photos: codes, index, votes, confirmation."""
