"""Everything photoloupe raises on purpose.

PhotoloupeError
├── PhotoError     a photograph cannot be used: .code, .path
├── ModelError     a model file or its card is missing, altered or unsuitable
├── RecipeError    a recipe has an unknown key or a value out of range
├── LabelError     a table of ratings breaks its layout
└── CatalogError   a catalog or cache is damaged, not photoloupe's, or newer
    └── ExpressionError   a question about its photos cannot be understood
"""

from __future__ import annotations


def system_reason(error: OSError) -> str:
    """Why the system refuses, such as `no space left on device`: no error number, no file name."""
    reason = error.strerror or str(error) or "input or output failed"
    return reason[:1].lower() + reason[1:]


class PhotoloupeError(Exception):
    """Base of all errors below: catch it to catch them all."""


class ModelError(PhotoloupeError):
    """A model file or its card is missing, altered or unsuitable."""


class RecipeError(PhotoloupeError):
    """A recipe has an unknown key or a value out of range."""


class LabelError(PhotoloupeError):
    """A table of ratings breaks its layout, or holds a value out of range."""


class CatalogError(PhotoloupeError):
    """A catalog or cache is damaged, not photoloupe's, or newer than this photoloupe."""


class ExpressionError(CatalogError):
    """A question about the photos of a catalog cannot be understood."""


#: Every value of `PhotoError.code`, with what it means.
PHOTO_ERROR_CODES = {
    "wrong_type": "the value is no path, bytes, binary file, image, array or row with one",
    "not_found": "no file has this name",
    "not_a_file": "the name belongs to a folder, pipe or device",
    "not_permitted": "the system refuses to let this user read it",
    "empty": "the file holds no bytes",
    "unsupported": "no supported photo format, or a RAW without photoloupe[raw]",
    "unreadable": "the format is known but the content breaks its rules",
    "truncated": "the content ends too early",
    "no_photograph": "there is nothing to judge: blank, transparent, or under 64 pixels a side",
    "too_large": "a limit on bytes, pixels or frames is exceeded",
    "too_slow": "decoding went past the limit on seconds",
    "changed": "the file has changed since photoloupe read it",
    "exists": "another file has the target name",
    "unwritable": "it cannot be written: the format or the system refuses",
}


class PhotoError(PhotoloupeError):
    """A photograph cannot be used.

    code: one of PHOTO_ERROR_CODES, stable across versions.
    path: the name that was asked for (`<bytes>`, `<image>` or `<array>` without one).
    """

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.code, self.path, self.message = code, path, message

    def __reduce__(self) -> tuple[type[PhotoError], tuple[str, str, str]]:
        return PhotoError, (self.code, self.path, self.message)


def wrong_type(value: object, path: str | None = None) -> PhotoError:
    """The error of a value that holds no photo, by its type if it has no path."""
    kind = "None" if value is None else f"a value of type {type(value).__name__}"
    what = f"{kind} is no path, bytes, binary file, image, array or row with one"
    return PhotoError("wrong_type", path or f"<{type(value).__name__}>", what)
