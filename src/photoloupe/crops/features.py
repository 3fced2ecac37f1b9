"""Local features of one photo: where its blobs are, how large, which way up, how they look."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from photoloupe.arrays import Float32, Pixels
from photoloupe.crops.patches import shrunk

LONG_SIDE = 480  # px that features are sought at: their number, and with it the time, is bounded
MOST_FEATURES = 700
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

    def mirrored(self, width: int) -> Features:
        """Features of the same picture, `width` px wide, with left and right exchanged.

        A descriptor is 4 rows x 4 columns x 8 directions, columns along the feature's own angle:
        in the mirror the rows swap ends and the directions run the other way round.
        """
        grid = self.descriptors.reshape(-1, 4, 4, 8)[:, ::-1, :, [0, 7, 6, 5, 4, 3, 2, 1]]
        points = self.points * (-1, 1) + (width - 1, 0)
        return Features(
            points=points.astype(np.float32),
            sizes=self.sizes,
            angles=(180 - self.angles) % 360,
            descriptors=np.ascontiguousarray(grid.reshape(-1, 128)),
        )


def find_features(grey: Pixels) -> Features:
    """(H, W) uint8 -> Features in its pixels, at most 700, the strongest."""
    small, per_xy = shrunk(grey, *[max(1.0, max(grey.shape) / LONG_SIDE)] * 2)
    detector = cv2.SIFT.create(
        MOST_FEATURES, contrastThreshold=CONTRAST, edgeThreshold=15, enable_precise_upscale=True
    )
    keypoints, descriptors = detector.detectAndCompute(small.astype(np.uint8), None)
    if descriptors is None:
        descriptors = np.empty((0, 128), np.float32)
    root = np.sqrt(descriptors / (descriptors.sum(1, keepdims=True) + 1e-7))
    points = np.array([k.pt for k in keypoints], np.float32).reshape(-1, 2)
    return Features(
        points=((points + 0.5) * np.array(per_xy) - 0.5).astype(np.float32),
        sizes=np.array([k.size * per_xy[0] for k in keypoints], np.float32),
        angles=np.array([k.angle for k in keypoints], np.float32),
        descriptors=root.astype(np.float32),
    )
