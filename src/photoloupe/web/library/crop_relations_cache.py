"""Crop families of the library and sources of crops: computed once per set of photos, then kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from photoloupe.catalog.ask.families import search_state
from photoloupe.catalog.schema import path_to_text, text_to_path
from photoloupe.crops.crop import Crop
from photoloupe.media.photo import Content, Limits
from photoloupe.web.errors import RequestError
from photoloupe.web.library.crop_families import (
    MESSAGES,
    CropFamilies,
    LibraryCropIndex,
    dismissed_pairs,
    find_crop_families,
    load_crop_index,
    member_box,
    sources_of,
)
from photoloupe.web.library.photo_index import PhotoIndex, photo_id
from photoloupe.web.library.served_photos import ServedPhotos

if TYPE_CHECKING:
    from photoloupe.catalog.ask.families import Family
    from photoloupe.crop_search.read_codes import CodedPhoto

FEW = 2_000  # photos: of so many, families are searched for without being asked
MAX_FAMILIES = 1_000  # per response; the largest
MEMBER_KEYS = ("verdict", "confidence", "turn", "whole_frame", "words")


class CropRelationsCache:
    """Crop relations among the photos of the library. jobs: threads that confirm pairs."""

    def __init__(self, photos: ServedPhotos, jobs: int) -> None:
        self._photos, self._jobs = photos, jobs
        self._families: CropFamilies | None = None
        self._crop_index: LibraryCropIndex | None = None
        photos.crop_paths = self.crop_paths
        photos.listeners.append(self._search_if_few)

    # --- families --------------------------------------------------------------------------------

    def crop_paths(self, *, search: bool) -> frozenset[str] | None:
        """Row paths of the photos that are crops; None: not known. search: start the search."""
        families = self.families() if search else self._families
        return families.crops if families is not None and families.state == "found" else None

    def families(self) -> CropFamilies:
        """The families as far as they are known; starts a search if they are not up to date."""
        index = self._photos.index()
        self._search(index)
        return self._families or CropFamilies(index.key, index.version, "searching")

    def _search_if_few(self, index: PhotoIndex) -> None:
        if len(index) <= FEW:
            self._search(index)

    def _search(self, index: PhotoIndex) -> None:
        photos, known = self._photos, self._families

        def find() -> None:
            paths, check_open = self._allowed_paths(index), photos.worker.check_open
            self._families = find_crop_families(
                photos.catalog, paths, index, self._jobs, check_open
            )

        # The same photos may have got crop features since.
        lacking = known is not None and known.state != "found" and known.version != index.version
        if known is None or known.key != index.key or lacking:
            photos.worker.submit("finding crop families", find)

    def families_body(self) -> dict[str, Any]:
        """The response of GET /v1/crops."""
        families = self.families()
        groups = families.groups[:MAX_FAMILIES]
        ids = [photo_id(path_to_text(path)) for group in groups for path in group.photos]
        photos = {photo["id"]: photo for photo in self._photos.by_ids(ids)}
        bodies = [self._family_body(group, photos) for group in groups]
        return {
            "families": [body for body in bodies if body is not None],
            "total": len(families.groups),
            "ready": families.state == "found",
            "state": families.state,
            "message": MESSAGES[families.state],
        }

    def _family_body(self, group: Family, photos: dict[str, Any]) -> dict[str, Any] | None:
        first, *rest = ((path, photo_id(path_to_text(path))) for path in group.photos)
        members = []
        for path, name in rest:
            found = member_box(group, path)
            if found is not None and name in photos:
                crop = self._crop_body(found[0])
                values = {key: crop[key] for key in MEMBER_KEYS}
                members.append({"photo": photos[name], "box_xyxy": found[1], **values})
        return {"source": photos[first[1]], "crops": members} if first[1] in photos else None

    # --- sources ---------------------------------------------------------------------------------

    def sources_of_photo(self, name: str) -> list[dict[str, Any]]:
        """The sources of the photo with this id, the likeliest first.

        Raises RequestError `not_found`, `no_content` or `no_crop_features`; CatalogError.
        """
        path, crop_index = text_to_path(self._photos.path_of(name)), self._loaded_crop_index()
        query = next((photo for photo in crop_index.photos if photo.path == path), None)
        if query is None:
            raise RequestError(409, "no_content", "the photo was unreadable when it was scanned")
        return self._relations(query, crop_index)

    def sources_of_upload(self, content: Content, limits: Limits) -> list[dict[str, Any]]:
        """The sources of an upload, the likeliest first.

        Raises RequestError `no_crop_features`, PhotoError, CatalogError.
        """
        crop_index = self._loaded_crop_index()
        from photoloupe.crop_search.read_codes import code_content  # FAISS is installed, then

        return self._relations(code_content(content, limits), crop_index)

    def _loaded_crop_index(self) -> LibraryCropIndex:
        """Raises RequestError `no_crop_features`."""
        index, catalog = self._photos.index(), self._photos.catalog
        if self._crop_index is None or self._crop_index.key != index.key:
            if search_state(catalog) != "found":
                message = "the catalog has no crop features: photoloupe scan --crops"
                raise RequestError(409, "no_crop_features", message)
            self._crop_index = load_crop_index(catalog, self._allowed_paths(index), index.key)
        return self._crop_index

    def _relations(self, query: CodedPhoto, crop_index: LibraryCropIndex) -> list[dict[str, Any]]:
        dismissed = dismissed_pairs(self._photos.catalog)
        rows = sources_of(query, crop_index, dismissed, self._jobs)
        others = [row.crop if row.source == query.path else row.source for row in rows]
        ids = [photo_id(path_to_text(path)) for path in others]
        photos = {photo["id"]: photo for photo in self._photos.by_ids(ids)}
        return [
            {"source": photos[name], "crop": self._crop_body(row)}
            for name, row in zip(ids, rows, strict=True)
            if name in photos
        ]

    def _crop_body(self, crop: Crop) -> dict[str, Any]:
        """`Crop.to_dict()` with relative paths, and the sentence for people."""
        relative_path = self._photos.folder.relative_path
        a, b = (relative_path(path_to_text(path)) for path in (crop.crop, crop.source))
        named = replace(crop, crop=a, source=b)
        return {**named.to_dict(), "words": named.in_words()}

    def _allowed_paths(self, index: PhotoIndex) -> set[str]:
        """Row paths whose file is inside the served folder."""
        return {path for path in index.paths if self._photos.folder.contains(text_to_path(path))}
