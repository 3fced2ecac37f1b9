"""Faces in a picture: where, how large, how turned. YuNet, run by OpenCV; weights/ has its card.

finder = FaceFinder()
faces = finder.find(pixels)    # (H, W, 3) uint8 RGB -> Faces, the largest first
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.boxes import Box
from photoloupe.errors import ModelError
from photoloupe.models.view import view_size

MODEL = Path(__file__).parent / "weights" / "face_detection_yunet_2023mar.onnx"
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
PIXELS = 192 * 192  # area that faces are detected at: the nets' own; 320 x 320 costs 5 ms, this 2
FLOOR = 0.6  # least score of a face; below it cats and lamps are as many as faces
OVERLAP = 0.3  # IoU above which two finds are one face
LEAST, MOST = 16, 5000  # px: a picture's least side, finds before overlapping ones are dropped


@dataclass(frozen=True)
class Face:
    """Lengths are shares of the frame's width and height; what lies outside 0..1 is cut off.

    eyes, nose, mouth: (x, y) in the picture, left first; score: 0 to 1, how much of a face it is.
    """

    box: Box
    eyes: tuple[tuple[float, float], tuple[float, float]]
    nose: tuple[float, float]
    mouth: tuple[tuple[float, float], tuple[float, float]]
    score: float

    @property
    def share(self) -> float:
        """Of the frame's area, 0 to 1, that the face's box covers."""
        return self.box.clip(1, 1).area


class FaceFinder:
    """Threads may share one: each gets a detector of its own, for OpenCV's holds its input.

    Raises ModelError if the model is absent, altered or cannot be loaded.
    """

    def __init__(self, model: Path = MODEL) -> None:
        try:
            data = model.read_bytes()
        except OSError as error:
            raise ModelError(f"{model}: face model cannot be read ({error})") from error
        if hashlib.sha256(data).hexdigest() != SHA256:
            raise ModelError(f"{model}: its sha256 is not the one that faces.py names")
        self._bytes, self._own = np.frombuffer(data, np.uint8), threading.local()

    def find(self, pixels: Pixels) -> tuple[Face, ...]:
        """(H, W, 3) uint8 RGB of any size -> faces by falling area."""
        import cv2  # on first use, as in views.py

        height, width = pixels.shape[:2]
        size_wh = view_size(width, height, PIXELS)
        if min(size_wh) < LEAST:
            return ()
        shrinks = size_wh[0] * size_wh[1] < width * height
        small = cv2.resize(
            pixels, size_wh, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        detector = self._detector()
        detector.setInputSize(size_wh)
        _, found = detector.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        faces = [] if found is None else [_face(row, size_wh) for row in found.astype(float)]
        return tuple(sorted(faces, key=lambda face: -face.share))

    def _detector(self) -> Any:
        if not hasattr(self._own, "detector"):
            import cv2

            with _quiet(cv2):
                self._own.detector = cv2.FaceDetectorYN.create(
                    "onnx", self._bytes, np.empty(0, np.uint8), (320, 320), FLOOR, OVERLAP, MOST
                )
        return self._own.detector


_ONE_AT_A_TIME = threading.Lock()  # the level is the process's: another thread would restore it


@contextmanager
def _quiet(cv2: Any) -> Iterator[None]:
    """OpenCV 5 warns on standard error of a target that its new engine does not know."""
    logging = cv2.utils.logging
    with _ONE_AT_A_TIME:
        before = logging.setLogLevel(logging.LOG_LEVEL_ERROR)
        try:
            yield
        finally:
            logging.setLogLevel(before)


def _face(row: Any, size_wh: tuple[int, int]) -> Face:
    """OpenCV's row: x, y, width, height, five points, score; the person's right eye first."""
    width, height = size_wh
    x, y, w, h = row[:4]
    points = [(float(px) / width, float(py) / height) for px, py in row[4:14].reshape(5, 2)]
    return Face(
        Box(float(x) / width, float(y) / height, float(x + w) / width, float(y + h) / height),
        (points[0], points[1]),
        points[2],
        (points[3], points[4]),
        float(row[14]),
    )
