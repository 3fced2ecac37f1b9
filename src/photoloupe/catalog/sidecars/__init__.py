"""Ratings and answers as XMP sidecars beside the photos."""
