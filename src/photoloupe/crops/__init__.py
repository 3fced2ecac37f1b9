"""Is this cut out of that, and exactly where? Geometry and pixels, no net.

A crop has three unknowns, scale, x and y (five, if it may be squeezed and slightly turned), so
exactly these are fitted: proposed by local features and by sliding (features, match, slide), then
settled and judged on the pixels (look, align, verify), and put into words (conclude, answer).
"""

from photoloupe.crops.compare import compare
from photoloupe.crops.crop import Crop

__all__ = ["Crop", "compare"]
