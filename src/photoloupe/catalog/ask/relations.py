"""The crop codes that a catalog keeps: what crops are searched by. Needs FAISS.

`photoloupe scan --crops` makes them. crop_search.search.relate finds relations among the photos,
each confirmed on the pixels, and families.make_families connects these.
"""

from __future__ import annotations

from collections.abc import Iterator

from photoloupe.catalog.schema import text_to_path
from photoloupe.catalog.sql import PRESENT
from photoloupe.catalog.store import Catalog
from photoloupe.crop_search.photo_code import PhotoCode, code_version
from photoloupe.crop_search.read_codes import CodedPhoto
from photoloupe.errors import CatalogError, PhotoError


def catalog_codes(catalog: Catalog) -> Iterator[CodedPhoto | PhotoError]:
    """Present photos with their codes, and errors of those that cannot be read.

    Raises CatalogError, before the first, if any has no code of this version.
    """
    require_codes(catalog)
    for batch in catalog.read(PRESENT, ["path", "sha256", "error", "code"]):
        for row in batch.to_pylist():
            path, error = text_to_path(row["path"]), row["error"]
            if error:
                yield PhotoError(error["code"], path, error["message"])
            else:
                yield CodedPhoto(path, row["sha256"], PhotoCode.from_bytes(row["code"]))


def require_codes(catalog: Catalog) -> None:
    """Raises CatalogError if any photo that can be read has no code of this version."""
    if missing := count_uncoded(catalog):
        raise CatalogError(
            f"{catalog.uri}: {missing} photos without crop features; photoloupe scan --crops"
        )


def count_uncoded(catalog: Catalog) -> int:
    """Number of present, readable photos without a code of this version."""
    current = f"code_version = '{code_version()}'"
    return catalog.count(f"{PRESENT} AND error IS NULL AND ({current}) IS NOT TRUE")
