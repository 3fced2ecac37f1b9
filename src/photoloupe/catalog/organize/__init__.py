"""Plans of moves, and how they are carried out."""
