"""Local features (SIFT) of one photo: points, sizes, angles, descriptors."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from photoloupe.arrays import Float32, Pixels
from photoloupe.crops.resample import shrink

LONG_SIDE = 480  # px that features are detected at: bounds their number, and with it the time
MOST_FEATURES = 700
CONTRAST = 0.01  # a quarter of OpenCV's: a small or smooth crop has no strong corners to offer


@dataclass(frozen=True)
class Features:
    """N local features of one photo.

    points: (N, 2) float32, x and y of pixel centres; sizes: (N,) px; angles: (N,) degrees, 0 to
    360, from the x axis towards the y axis; descriptors: (N, 128) float32 of unit length
    (RootSIFT, Arandjelovic and Zisserman 2012).
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
    """(H, W) uint8 -> at most 700 features, the strongest, in pixels of that picture."""
    small, per_xy = shrink(grey, *[max(1.0, max(grey.shape) / LONG_SIDE)] * 2)
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
