"""Crop families of a library, and where a photo was cut from: worked out once, then remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from photoloupe.catalog.schema import path_to_text, text_to_path
from photoloupe.crops.crop import Crop
from photoloupe.media.photo import Content, Limits
from photoloupe.web.errors import Refusal
from photoloupe.web.library.crop_families import (
    MESSAGES,
    Codes,
    Kinship,
    find_kinship,
    load_codes,
    member_box,
    sources_of,
    state_of,
)
from photoloupe.web.library.index import Index, id_of
from photoloupe.web.library.library import Library

if TYPE_CHECKING:
    from photoloupe.catalog.ask.relations import Family
    from photoloupe.crop_search.coding import CodedPhoto

FEW = 2_000  # photos whose families are looked for without being asked
MOST_FAMILIES = 1_000  # the largest, in one answer
SAID = ("verdict", "confidence", "turn", "whole_frame", "words")  # of a crop in its family


class Relatives:
    """jobs: threads that confirm pairs."""

    def __init__(self, library: Library, jobs: int) -> None:
        self._library, self._jobs = library, jobs
        self._kinship: Kinship | None = None
        self._codes: Codes | None = None
        library.crops = self.crops
        library.followers.append(self._follow)

    # --- families --------------------------------------------------------------------------------

    def crops(self, *, seek: bool) -> frozenset[str] | None:
        """Paths of rows that are crops of others, None if that is not known; seek: look for it."""
        kinship = self.kinship() if seek else self._kinship
        return kinship.crops if kinship is not None and kinship.state == "found" else None

    def kinship(self) -> Kinship:
        """What is known now; asking has it looked for."""
        index = self._library.index()
        self._seek(index)
        return self._kinship or Kinship(index.key, index.version, "searching")

    def _follow(self, index: Index) -> None:
        if len(index) <= FEW:
            self._seek(index)

    def _seek(self, index: Index) -> None:
        library, known = self._library, self._kinship

        def find() -> None:
            paths, go_on = self._openable(index), library.slow.go_on
            self._kinship = find_kinship(library.catalog, paths, index, self._jobs, go_on)

        # Crop features may have come since, of the very same photos.
        lacking = known is not None and known.state != "found" and known.version != index.version
        if known is None or known.key != index.key or lacking:
            library.slow.later("crop families", find)

    def families(self) -> dict[str, Any]:
        """What GET /v1/crops answers."""
        kinship = self.kinship()
        groups = kinship.groups[:MOST_FAMILIES]
        ids = [id_of(path_to_text(path)) for group in groups for path in group.photos]
        photos = {photo["id"]: photo for photo in self._library.photos(ids)}
        families = [self._family(group, photos) for group in groups]
        return {
            "families": [family for family in families if family is not None],
            "total": len(kinship.groups),
            "ready": kinship.state == "found",
            "state": kinship.state,
            "message": MESSAGES[kinship.state],
        }

    def _family(self, group: Family, photos: dict[str, Any]) -> dict[str, Any] | None:
        first, *rest = ((path, id_of(path_to_text(path))) for path in group.photos)
        members = []
        for path, name in rest:
            found = member_box(group, path)
            if found is not None and name in photos:
                told = self._told(found[0])
                said = {key: told[key] for key in SAID}
                members.append({"photo": photos[name], "box_xyxy": found[1], **said})
        return {"source": photos[first[1]], "crops": members} if first[1] in photos else None

    # --- sources ---------------------------------------------------------------------------------

    def of_photo(self, name: str) -> list[dict[str, Any]]:
        """Where a photo of the library was cut from. Raises Refusal."""
        path, codes = text_to_path(self._library.path(name)), self._all_codes()
        query = next((photo for photo in codes.photos if photo.path == path), None)
        if query is None:
            raise Refusal(409, "no_content", "the photo could not be read when it was scanned")
        return self._relations(query, codes)

    def of_upload(self, content: Content, limits: Limits) -> list[dict[str, Any]]:
        """Where a photo that is not there was cut from. Raises Refusal, PhotoError."""
        codes = self._all_codes()
        from photoloupe.crop_search.coding import code_content  # FAISS, which there is then

        return self._relations(code_content(content, limits), codes)

    def _all_codes(self) -> Codes:
        """Raises Refusal `no_crop_features`."""
        index, catalog = self._library.index(), self._library.catalog
        if self._codes is None or self._codes.key != index.key:
            if state_of(catalog) != "found":
                what = "the catalogue holds no crop features; photoloupe scan --crops keeps them"
                raise Refusal(409, "no_crop_features", what)
            self._codes = load_codes(catalog, self._openable(index), index.key)
        return self._codes

    def _relations(self, query: CodedPhoto, codes: Codes) -> list[dict[str, Any]]:
        rows = sources_of(query, codes, self._jobs)
        others = [row.crop if row.source == query.path else row.source for row in rows]
        ids = [id_of(path_to_text(path)) for path in others]
        photos = {photo["id"]: photo for photo in self._library.photos(ids)}
        return [
            {"source": photos[name], "crop": self._told(row)}
            for name, row in zip(ids, rows, strict=True)
            if name in photos
        ]

    def _told(self, crop: Crop) -> dict[str, Any]:
        """`to_dict()` under the names that clients know, with words for a person."""
        shown = self._library.places.shown
        a, b = (shown(path_to_text(path)) for path in (crop.crop, crop.source))
        told = replace(crop, crop=a, source=b)
        return {**told.to_dict(), "words": told.in_words()}

    def _openable(self, index: Index) -> set[str]:
        """Paths of rows whose file lies inside the served folder."""
        return {path for path in index.paths if self._library.places.holds(text_to_path(path))}
