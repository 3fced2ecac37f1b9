"""Is this cut out of that, and exactly where? Geometry and pixels, no net.

A crop has three unknowns, scale, x and y, so exactly these are fitted: proposed by local features
(features, match), then settled and judged on the pixels (align, verify).
"""

from photoloupe.crops.pair import compare

__all__ = ["compare"]
