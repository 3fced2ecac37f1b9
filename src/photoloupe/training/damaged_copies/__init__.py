"""Damaged copies of photos: what a rating is to be lowered by."""
