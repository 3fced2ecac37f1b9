"""Ratings and answers as XMP sidecars next to the photos."""
