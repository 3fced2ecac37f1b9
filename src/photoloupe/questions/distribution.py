"""What questions share whose answer is a distribution over bins."""

from __future__ import annotations

import numpy as np

from photoloupe.arrays import Floats


def softmax(logits: Floats) -> Floats:
    """(..., N) logits -> (..., N) probabilities in float64."""
    powers = np.exp(np.float64(logits) - np.max(logits, axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
