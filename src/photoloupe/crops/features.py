"""Local features of one photo: where its blobs are, how large, which way up, how they look."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photoloupe.views import Pixels

Float32 = npt.NDArray[np.float32]

MOST_FEATURES = 4000
CONTRAST = 0.01  # a quarter of OpenCV's: a small or smooth crop has no strong corners to offer


@dataclass(frozen=True)
class Features:
    """points: (N, 2) x, y of pixel centres; sizes: (N,) px; angles: (N,) degrees;
    descriptors: (N, 128) float32 of unit length (RootSIFT, Arandjelovic and Zisserman 2012).
    """

    points: Float32
    sizes: Float32
    angles: Float32
    descriptors: Float32


def find_features(grey: Pixels) -> Features:
    """(H, W) uint8 -> Features, at most 4,000, the strongest."""
    detector = cv2.SIFT.create(MOST_FEATURES, contrastThreshold=CONTRAST, edgeThreshold=15)
    keypoints, descriptors = detector.detectAndCompute(grey, None)
    if descriptors is None:
        descriptors = np.empty((0, 128), np.float32)
    root = np.sqrt(descriptors / (descriptors.sum(1, keepdims=True) + 1e-7))
    return Features(
        points=np.array([k.pt for k in keypoints], np.float32).reshape(-1, 2),
        sizes=np.array([k.size for k in keypoints], np.float32),
        angles=np.array([k.angle for k in keypoints], np.float32),
        descriptors=root.astype(np.float32),
    )
