"""Names for array types. Every array states its shape where it is used."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]
Array = npt.NDArray[Any]
