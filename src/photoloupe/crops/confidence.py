"""How sure an agreement makes: a calibrated probability, fitted on pairs with a known answer."""

from __future__ import annotations

import math

from photoloupe.crops.verify import Agreement

# By benchmarks/crop_confidence.py: logistic regression on fits of pairs, true and false ones
# weighing the same in all. docs/concepts/crops.md says on which photos.
BIAS = -0.313
WEIGHTS = {"fine": -1.174, "residual": -1.946, "detail": -1.942}
LEAST_TEXTURED = 4  # blocks: fewer agree by chance
THRESHOLD = 0.8
# The freedom to squeeze, turn, enlarge has to be paid for.
FREE_THRESHOLD, FREE_TEXTURED = 0.95, 8


def evidence(agreed: Agreement) -> dict[str, float]:
    """Terms of the regression by name: logarithm of how much each measure misses of perfect."""
    return {
        "fine": math.log(max(1 - agreed.fine, 0) + 0.003),
        "residual": math.log(agreed.residual + 0.1),
        "detail": math.log(agreed.detail + 0.1),
    }


def confidence(agreed: Agreement) -> float:
    """Probability, in [0, 1], that the pixels come from the same photograph; 0 under 4 blocks."""
    if agreed.textured < LEAST_TEXTURED:
        return 0.0
    logit = BIAS + sum(WEIGHTS[name] * value for name, value in evidence(agreed).items())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
