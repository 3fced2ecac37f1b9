"""Was one photo cut out of another, and exactly where? Geometry and pixels, no net.

A crop has three unknowns, scale, x and y (five, if it may be squeezed and slightly turned), so
exactly these are fitted. Features and templates propose placements (features, feature_match,
template_match); each is aligned and compared on the pixels (hypotheses, align, verify); the result
is named (judge, relation) and returned as a Crop (crop, draw).
"""

from photoloupe.crops.compare import compare
from photoloupe.crops.crop import Crop

__all__ = ["Crop", "compare"]
