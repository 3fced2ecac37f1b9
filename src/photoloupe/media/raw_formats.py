"""Is this content a camera's RAW, and of which format? By its first bytes and its TIFF tags.

Many RAWs are TIFF files whose first directory is a thumbnail, and any file may be renamed: the
extension decides nothing.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Formats that TIFF tags tell by the camera's maker, as `Make` begins.
MAKERS = {
    "NIKON": "NEF", "SONY": "ARW", "PENTAX": "PEF", "RICOH": "PEF", "SAMSUNG": "SRW",
    "HASSELBLAD": "3FR", "SEIKO EPSON": "ERF", "MAMIYA": "MEF", "LEAF": "MOS", "KODAK": "KDC",
    "EASTMAN KODAK": "KDC", "CANON": "CR2", "PHASE ONE": "IIQ", "OLYMPUS": "ORF",
}  # fmt: skip
#: First bytes -> format. (offset, bytes)
SIGNATURES = {
    "CR3": ((4, b"ftypcrx "),), "RAF": ((0, b"FUJIFILMCCD-RAW"),), "RW2": ((0, b"IIU\0"),),
    "ORF": ((0, b"IIRO"), (0, b"IIRS"), (0, b"MMOR")), "CRW": ((6, b"HEAPCCDR"),),
    "MRW": ((0, b"\0MRM"),), "X3F": ((0, b"FOVb"),), "CR2": ((8, b"CR\x02"), (8, b"CR\x01")),
    "IIQ": ((8, b"IIII"), (8, b"MMMM")),
}  # fmt: skip
INSIDE_TIFF = ("CR2", "IIQ")  # whose signatures count only in what begins as a TIFF
#: What facts call a RAW; "RAW" is one of a maker without a name here.
RAW_FORMATS = {"DNG", "RAW", *SIGNATURES, *MAKERS.values()}
RAW_EXTENSIONS = {
    ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".raf", ".rw2", ".rwl",
    ".orf", ".pef", ".iiq", ".3fr", ".fff", ".srw", ".erf", ".mef", ".mos", ".mrw",
    ".x3f", ".kdc", ".dcr", ".gpr",
}  # fmt: skip

MAKE, SUBFILE_TYPE, COMPRESSION, PHOTOMETRIC, SUB_IFDS, DNG_VERSION = (
    0x010F, 0x00FE, 0x0103, 0x0106, 0x014A, 0xC612,
)  # fmt: skip
STORED = ((0x0111, 0x0117), (0x0144, 0x0145))  # offsets and lengths of strips, of tiles
REDUCED = 1  # SUBFILE_TYPE: a smaller copy of another picture in the file
CFA, LINEAR_RAW = 32803, 34892  # PHOTOMETRIC of sensor values
# Of Nikon, Sony, Pentax, Kodak, Samsung, Epson: nobody else compresses so.
RAW_COMPRESSIONS = {34713, 32767, 65535, 65000, 262, 32770, 32769}
MOST_DIRECTORIES, MOST_ENTRIES = 16, 512  # more are not read: real files have a few
TIFF_STARTS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}
SIZES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}  # of whole numbers, by TIFF type


def raw_format(data: bytes) -> str | None:
    """One of RAW_FORMATS, or None for content that is no RAW. data: the complete file."""
    tiff = data[:4] in TIFF_STARTS
    for name, signatures in SIGNATURES.items():
        if name in INSIDE_TIFF and not tiff:
            continue
        if any(data.startswith(mark, offset) for offset, mark in signatures):
            return name
    return _tiff_format(data) if tiff else None


def has_raw_signature(prefix: bytes) -> bool:
    """Do the first 16 bytes alone say that it is a RAW? (Others begin as any TIFF does.)"""
    return raw_format(prefix[:16]) is not None


def is_raw_with_copy(a: str, b: str) -> bool:
    """Are two paths of one folder and stem, and one of them a RAW by its extension?

    Cameras write a RAW and a JPEG of one shot so: neither is a crop of the other, nor its copy.
    """
    stems, ends = zip(*(os.path.splitext(os.path.realpath(path)) for path in (a, b)), strict=True)  # noqa: PTH122
    is_raw = [end.lower() in RAW_EXTENSIONS for end in ends]
    return stems[0].lower() == stems[1].lower() and is_raw[0] != is_raw[1]


def _tiff_format(data: bytes) -> str | None:
    directories = list(read_directories(data))
    if not directories:
        return None
    first = directories[0]
    if DNG_VERSION in first.tags:
        return "DNG"
    reduced = first.number(SUBFILE_TYPE) == REDUCED and SUB_IFDS in first.tags
    if not reduced and not any(map(_holds_sensor_values, directories)):
        return None
    make = first.text(MAKE).upper()
    return next((name for maker, name in MAKERS.items() if make.startswith(maker)), "RAW")


def _holds_sensor_values(directory: Directory) -> bool:
    return (
        directory.number(PHOTOMETRIC) in (CFA, LINEAR_RAW)
        or directory.number(COMPRESSION) in RAW_COMPRESSIONS
    )


def ends_too_early(data: bytes) -> bool:
    """Do strips or tiles of sensor values lie past the end of a TIFF-like RAW?

    LibRaw would take what is missing for black. data: the complete file.
    """
    if data[:4] not in TIFF_STARTS:
        return False
    sensor = filter(_holds_sensor_values, read_directories(data))
    return any(
        offset + length > len(data)
        for directory in sensor
        for offsets, lengths in STORED
        for offset, length in zip(
            directory.numbers(offsets), directory.numbers(lengths), strict=False
        )
    )


# --- TIFF directories ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Directory:
    """One TIFF directory. tags: number -> (type, count, offset of the values in `data`)."""

    data: bytes
    order: str
    tags: dict[int, tuple[int, int, int]]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Whole numbers of a tag; empty if it is absent or broken."""
        kind, count, offset = self.tags.get(tag, (0, 0, 0))
        if kind not in SIZES or count > len(self.data):
            return ()
        return _unpack(f"{self.order}{count}{SIZES[kind]}", self.data, offset) or ()

    def number(self, tag: int) -> int | None:
        """The first whole number of a tag."""
        return next(iter(self.numbers(tag)), None)

    def text(self, tag: int) -> str:
        """An ASCII tag, at most 64 characters; empty if it is absent."""
        _, count, offset = self.tags.get(tag, (0, 0, 0))
        return self.data[offset : offset + min(count, 64)].decode("ascii", "ignore").strip("\0 ")


def read_directories(data: bytes) -> Iterator[Directory]:
    """The chain of directories and their sub-directories, at most 16; broken ones end their branch.

    data: a file that begins as TIFF or BigTIFF.
    """
    order, big = TIFF_STARTS[data[:4]], data[2:3] == b"+" or data[3:4] == b"+"
    start = _unpack(order + ("Q" if big else "I"), data, 8 if big else 4)
    waiting, read = list(start or ()), set[int]()
    while waiting and len(read) < MOST_DIRECTORIES:
        offset = waiting.pop(0)
        if offset in read or (found := _directory(data, order, big, offset)) is None:
            continue
        read.add(offset)
        directory, following = found
        yield directory
        waiting += [
            *directory.numbers(SUB_IFDS)[:MOST_DIRECTORIES],
            *([following] * bool(following)),
        ]


def _directory(data: bytes, order: str, big: bool, offset: int) -> tuple[Directory, int] | None:
    head, entry, inline = ("Q", "HHQ", 8) if big else ("H", "HHI", 4)
    count = _unpack(order + head, data, offset)
    if not count or count[0] > MOST_ENTRIES:
        return None
    start, length = offset + struct.calcsize(order + head), struct.calcsize(order + entry) + inline
    tags: dict[int, tuple[int, int, int]] = {}
    for at in range(start, start + count[0] * length, length):
        read = _unpack(order + entry, data, at)
        if read is None:
            return None
        tag, kind, values = read
        place = at + length - inline
        if values * struct.calcsize(SIZES.get(kind, "B")) > inline:
            pointer = _unpack(order + ("Q" if big else "I"), data, place)
            place = pointer[0] if pointer else len(data)
        tags.setdefault(tag, (kind, values, place))
    following = _unpack(order + ("Q" if big else "I"), data, start + count[0] * length)
    return Directory(data, order, tags), following[0] if following else 0


def _unpack(form: str, data: bytes, offset: int) -> tuple[Any, ...] | None:
    try:
        return struct.unpack_from(form, data, offset)
    except (struct.error, OverflowError):  # it points past the end
        return None
