"""What each task's head is trained to make small. (B, N) logits and targets -> (B,) losses."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F


def squish_loss(logits: Tensor, target: Tensor) -> Tensor:
    """(B, 35) logits, (B, 35) two-bin targets -> (B,) cross-entropy."""
    return F.cross_entropy(logits, target, reduction="none")


def selfie_loss(logits: Tensor, target: Tensor) -> Tensor:
    """(B, 1) logits, (B, 1) labels -> (B,) binary cross-entropy."""
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none").mean(1)


def aesthetics_loss(logits: Tensor, target: Tensor) -> Tensor:
    """(B, 10) logits, (B, 10) shares -> (B,): squared EMD with r = 2, over the number of bins.

    Talebi and Milanfar 2018, equation 1; see questions.aesthetics.emd. Squared, as they train it:
    the root's slope is infinite at zero.
    """
    gap = torch.cumsum(logits.softmax(1) - target, 1)
    return (gap**2).mean(1)


def mixed_loss(score: Tensor, truth: Tensor) -> Tensor:
    """(B,) scores, (B,) truths -> (B,): the mean of the error, its square and its cube."""
    error = (score - truth).abs()
    return (error + error**2 + error**3) / 3


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "squish": squish_loss,
    "selfie": selfie_loss,
    "aesthetics": aesthetics_loss,
}
