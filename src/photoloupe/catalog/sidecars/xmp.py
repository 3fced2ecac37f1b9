"""An XMP packet, and where in its bytes each property lies, so that no other byte need change.

A parsed tree that is written out again loses prefixes, quotes, comments and line ends. So expat
only says where things are, and changes are cut into the text.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RATING = "http://ns.adobe.com/xap/1.0/ Rating"  # as expat joins a namespace and a name
MOST_BYTES = 16 * 2**20  # the largest sidecars hold drawn masks: a few megabytes
BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
ENCODINGS = ("utf-8", "utf-16", "us-ascii")
# One attribute of a tag that expat found to be well-formed: its name, and its value in quotes.
ATTRIBUTE = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")
TAG = re.compile(rb"""<([^\s/>]+)(?:"[^"]*"|'[^']*'|[^'">])*>""")
DOCUMENT_DEPTH = 2  # x:xmpmeta, rdf:RDF: what is deeper is not where a packet has its properties

Span = tuple[int, int]


class XmpError(Exception):
    """Bytes that are no XMP packet, or one that may not be changed."""


@dataclass
class Property:
    """A property of the photo itself. name: `namespace name`; value: None if it is no plain text.

    span: all its bytes, with the space before; inner: those of its value; tag: an element's name
    as it is spelt, b"" for an attribute; closed: the element is one empty tag, inner its end.
    """

    name: str
    value: str | None
    span: Span
    inner: Span
    tag: bytes = b""
    closed: bool = False


@dataclass
class Packet:
    """text: UTF-8 without a mark. rdf: the tag's name and where the element's inside ends.

    about: how the packet calls the photo, with its quotes; closed: rdf:RDF is one empty tag.
    """

    text: bytes
    encoding: str = "utf-8"
    mark: bytes = b""
    properties: list[Property] = field(default_factory=list)
    rdf: bytes = b""
    end: int = 0
    closed: bool = False
    about: bytes = b'""'

    def value(self, name: str) -> str | None:
        """What it is, without space around; None if it is absent, twice there, or no plain text."""
        found = self.all_named(name)
        said = found[0].value if len(found) == 1 else None
        return None if said is None else said.strip()

    def all_named(self, name: str) -> list[Property]:
        return [one for one in self.properties if one.name == name]

    def encode(self, text: bytes) -> bytes:
        """Changed text in the encoding that the packet came in."""
        return self.mark + text.decode().encode(self.encoding)


def read_packet(data: bytes) -> Packet:
    """Raises XmpError. No entity is ever expanded: a document type is refused before its first."""
    if len(data) > MOST_BYTES:
        raise XmpError(f"over the limit of {MOST_BYTES:,} bytes")
    packet = _decoded(data)
    reader = _Reader(packet)
    try:
        reader.parser.Parse(packet.text, True)
    except expat.ExpatError as error:
        raise XmpError(f"is no well-formed XML ({error})") from error
    if not packet.rdf:
        raise XmpError("holds no rdf:RDF, so it is no XMP")
    return packet


def _decoded(data: bytes) -> Packet:
    mark = data[:2] if data[:2] in BOMS else b""
    if data.startswith(codecs.BOM_UTF8):
        mark = codecs.BOM_UTF8
    encoding = BOMS.get(mark, "utf-8")
    try:
        return Packet(data[len(mark) :].decode(encoding).encode(), encoding, mark)
    except UnicodeError as error:
        raise XmpError(f"is not {encoding.upper()} ({error})") from error


class _Reader:
    """Handlers that expat calls; only what lies at two depths of rdf:RDF is kept."""

    def __init__(self, packet: Packet) -> None:
        self.packet, self.open = packet, list[str]()
        self.rdf_depth = 0  # of what lies in rdf:RDF; 0 before it
        self.now: Property | None = None
        self.said: list[str] = []
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self.declared
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.said.append

    def declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in ENCODINGS:
            raise XmpError(f"is in {encoding}; XMP is UTF-8 or UTF-16")

    def doctype(self, *_: object) -> None:
        raise XmpError("has a document type, which XMP has no use for; entities are never read")

    def start(self, name: str, given: list[str]) -> None:
        depth, at = len(self.open), self.parser.CurrentByteIndex
        self.open.append(name)
        if name == f"{RDF} RDF" and depth < DOCUMENT_DEPTH:
            self.begin(depth, self.tag(at))
        elif self.in_rdf() and depth == self.rdf_depth:
            self.attributes(self.tag(at), given)
        elif self.in_rdf() and depth == self.rdf_depth + 1:
            self.element(name, self.tag(at))
        elif self.now is not None:
            self.now.value = None  # a structure

    def in_rdf(self) -> bool:
        return 0 < self.rdf_depth < len(self.open) and self.open[self.rdf_depth - 1] == f"{RDF} RDF"

    def tag(self, at: int) -> re.Match[bytes]:
        found = TAG.match(self.packet.text, at)
        if found is None:
            raise XmpError(f"has a tag at byte {at} that cannot be read")
        return found

    def begin(self, depth: int, tag: re.Match[bytes]) -> None:
        if self.rdf_depth:
            raise XmpError("holds two rdf:RDF")
        self.rdf_depth, self.packet.rdf = depth + 1, tag[1]
        self.packet.closed = tag[0].endswith(b"/>")

    def attributes(self, tag: re.Match[bytes], given: list[str]) -> None:
        """Properties in the tag of an rdf:Description. expat gives them in order, less xmlns."""
        found = ATTRIBUTE.finditer(self.packet.text, tag.end(1), tag.end())
        own = [one for one in found if one[1].partition(b":")[0] != b"xmlns"]
        for one, name, value in zip(own, given[::2], given[1::2], strict=True):
            if name == f"{RDF} about":
                self.packet.about = one[2]
            elif not name.startswith(f"{RDF} "):
                inner = one.start(2) + 1, one.end(2) - 1
                self.packet.properties.append(Property(name, value, one.span(), inner))

    def element(self, name: str, tag: re.Match[bytes]) -> None:
        start, end = tag.start(), tag.end()
        while self.packet.text[start - 1 : start].isspace():
            start -= 1
        closed = tag[0].endswith(b"/>")
        self.now = Property(name, "", (start, end), (end - 2 * closed, end), tag[1], closed)
        self.said.clear()

    def end(self, name: str) -> None:
        depth, at = len(self.open) - 1, self.parser.CurrentByteIndex
        self.open.pop()
        if self.now is not None and depth == self.rdf_depth + 1:
            self.keep(self.now, at)
        elif name == f"{RDF} RDF" and depth == self.rdf_depth - 1:
            self.packet.end = at

    def keep(self, one: Property, at: int) -> None:
        if not one.closed:
            one.inner = one.inner[0], at
            one.span = one.span[0], self.packet.text.index(b">", at) + 1
        one.value = None if one.value is None else "".join(self.said)
        self.packet.properties.append(one)
        self.now = None
