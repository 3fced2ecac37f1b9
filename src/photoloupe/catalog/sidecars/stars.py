"""How many stars a score is worth, among the scores of a catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from photoloupe.catalog.scan.row_index import content_key
from photoloupe.catalog.sql import PRESENT
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError

BANDS = (10.0, 35.0, 65.0, 90.0)  # percent of the photos that lie below 2, 3, 4 and 5 stars
REJECTED = -1  # Adobe's convention, which digiKam and darktable follow


class Stars:
    """Scores of a catalog, each content once, and where its bands lie.

    bands: four percentages that rise, above 0 and below 100. Raises CatalogError.
    """

    def __init__(self, catalog: Catalog, bands: Sequence[float] = BANDS) -> None:
        rising = all(low < high for low, high in zip((0, *bands), (*bands, 100), strict=True))
        if len(bands) != len(BANDS) or not rising:
            raise CatalogError(
                f"bands {','.join(f'{band:g}' for band in bands)}: not four percentages that rise "
                "between 0 and 100"
            )
        self.bands = np.array(bands)
        keys, scores = [np.empty(0, np.uint64)], [np.empty(0)]
        for batch in catalog.read(
            f"{PRESENT} AND aesthetics IS NOT NULL", ["sha256", "aesthetics"]
        ):
            keys.append(np.array([*map(content_key, batch["sha256"].to_pylist())], np.uint64))
            scores.append(np.array([row["score"] for row in batch["aesthetics"].to_pylist()]))
        _, first = np.unique(np.concatenate(keys), return_index=True)
        self._scores = np.sort(np.concatenate(scores)[first])

    def of_score(self, score: float) -> int:
        """1 to 5. Equal scores share the middle of their places: a photo alone is worth 3."""
        below, upto = (np.searchsorted(self._scores, score, side) for side in ("left", "right"))
        percent = 100 * (below + upto) / 2 / max(len(self._scores), 1)
        return 1 + int(np.searchsorted(self.bands, percent, "right"))

    def of_row(self, row: dict[str, Any]) -> tuple[int | None, str | None]:
        """-1 to 5, and whose word that is: `person` or `score`; None without either."""
        if row["decision"] == "reject":
            return REJECTED, "person"
        if row["rating"] is not None:
            return row["rating"], "person"
        if row["aesthetics"] is None:
            return None, None
        return self.of_score(row["aesthetics"]["score"]), "score"
