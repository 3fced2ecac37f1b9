"""A CLIP that says how well each of ten texts fits a photo, taught in stages."""
