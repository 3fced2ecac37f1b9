"""The usual ways to tell a crop, each as its documentation shows it: score, and corners if any.

A rival is make(grey) -> what it keeps of a photo, and match(kept crop, kept source) -> (score,
box or None). Higher scores are surer; the benchmark sets each rival's threshold just above its
highest score on a hard negative, so that all are compared at zero false alarms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from photoloupe.arrays import Pixels

BoxXyxy = tuple[float, float, float, float]
Found = tuple[float, BoxXyxy | None]


@dataclass(frozen=True)
class Rival:
    make: Callable[[Pixels], Any]
    match: Callable[[Any, Any], Found]


# --- local features and a robust fit -------------------------------------------------------------


def _features(detector: Any, root: bool = False) -> Callable[[Pixels], Any]:
    def make(grey: Pixels) -> Any:
        points, found = detector.detectAndCompute(grey, None)
        if found is not None and root:
            found = np.sqrt(found / (found.sum(1, keepdims=True) + 1e-7))
        return np.array([p.pt for p in points], np.float32).reshape(-1, 2), found, grey.shape

    return make


def _robust_fit(norm: int, ratio: float, method: int) -> Callable[[Any, Any], Found]:
    """Lowe's ratio test, then a homography by RANSAC or MAGSAC; score: inliers."""

    def match(crop: Any, source: Any) -> Found:
        if any(side[1] is None or len(side[1]) < 2 for side in (crop, source)):
            return 0.0, None
        pairs = cv2.BFMatcher(norm).knnMatch(crop[1], source[1], k=2)
        good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < ratio * p[1].distance]
        if len(good) < 4:
            return 0.0, None
        a = crop[0][[m.queryIdx for m in good]]
        b = source[0][[m.trainIdx for m in good]]
        matrix, kept = cv2.findHomography(a, b, method, 3.0, maxIters=5000, confidence=0.999)
        if matrix is None:
            return 0.0, None
        height, width = crop[2]
        corners = np.array([[[-0.5, -0.5]], [[width - 0.5, height - 0.5]]], np.float64)
        (x0, y0), (x1, y1) = (
            (cv2.perspectiveTransform(corners, matrix) + 0.5).reshape(2, 2).tolist()
        )
        return float(kept.sum()), (x0, y0, x1, y1)

    return match


# --- template matching ---------------------------------------------------------------------------

COARSE = 360  # px of the source while all scales are tried


def _template(crop: Pixels, source: Pixels) -> Found:
    """Normalised cross-correlation at scales of 0.4 to 4, coarse, then the best at full size."""
    shrink = min(1.0, COARSE / max(source.shape))
    small = cv2.resize(source, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    coarse = np.asarray(small, np.uint8)
    tried = [_best(crop, coarse, s, shrink) for s in 0.4 * 1.06 ** np.arange(40)]
    score, scale, _ = max(tried, key=lambda t: t[0])
    finer = [_best(crop, source, scale * f, 1.0) for f in (0.98, 0.99, 1, 1.01, 1.02)]
    score, scale, (x, y) = max([*finer, (score * 0.99, scale, (0, 0))], key=lambda t: t[0])
    return score, (x, y, x + crop.shape[1] * scale, y + crop.shape[0] * scale)


def _best(
    crop: Pixels, source: Pixels, scale: float, shrink: float
) -> tuple[float, float, tuple[float, float]]:
    size_wh = [max(1, round(side * scale * shrink)) for side in crop.shape[::-1]]
    if min(size_wh) < 6 or size_wh[0] > source.shape[1] or size_wh[1] > source.shape[0]:
        return -1.0, scale, (0.0, 0.0)
    method = cv2.INTER_AREA if scale * shrink < 1 else cv2.INTER_CUBIC
    small = cv2.resize(crop, size_wh, interpolation=method)
    ncc = np.nan_to_num(cv2.matchTemplate(source, small, cv2.TM_CCOEFF_NORMED), posinf=0)
    _, score, _, (x, y) = cv2.minMaxLoc(ncc)
    return score, scale, (x / shrink, y / shrink)


# --- perceptual hash -----------------------------------------------------------------------------


def _phash(grey: Pixels) -> np.ndarray[Any, Any]:
    """64 bits: signs of the lowest DCT coefficients of a 32 x 32 picture against their median."""
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8]
    return np.asarray(low > np.median(low))


def _same_bits(crop: Any, source: Any) -> Found:
    return float((crop == source).sum()), None


RIVALS = {
    "RootSIFT + MAGSAC": Rival(
        _features(cv2.SIFT.create(4000, contrastThreshold=0.02), root=True),
        _robust_fit(cv2.NORM_L2, 0.8, cv2.USAC_MAGSAC),
    ),
    "ORB + RANSAC": Rival(
        _features(cv2.ORB.create(2000)), _robust_fit(cv2.NORM_HAMMING, 0.75, cv2.RANSAC)
    ),
    "template, all scales": Rival(lambda grey: grey, _template),
    "pHash": Rival(_phash, _same_bits),
}
# AKAZE moved to OpenCV's contributed modules; where they are not installed it is left out.
akaze = getattr(getattr(cv2, "xfeatures2d", cv2), "AKAZE", None)
if akaze is not None:
    RIVALS["AKAZE + RANSAC"] = Rival(
        _features(akaze.create()), _robust_fit(cv2.NORM_HAMMING, 0.8, cv2.RANSAC)
    )
