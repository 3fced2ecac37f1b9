"""Properties cut into an XMP packet: values are replaced where they are, new ones come last."""

from __future__ import annotations

from xml.sax.saxutils import escape

from photoloupe.catalog.sidecars.xmp import RATING, RDF, Packet, Property, Span

OURS = (
    "urn:photoloupe:xmp:1.0/"  # a name, not an address; the slash is what XMP asks of a namespace
)
PREFIXES = {RATING.partition(" ")[0]: "xmp", OURS: "photoloupe"}
QUOTES = {'"': "&quot;", "'": "&apos;"}
EMPTY = b"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="photoloupe">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 </rdf:RDF>
</x:xmpmeta>
"""


def merge_properties(packet: Packet, values: dict[str, str | None]) -> bytes:
    """The packet's bytes with these values; properties of our namespace not among them go.

    values: by `namespace name`, of the namespaces in PREFIXES; None takes one away. Every other
    byte stays.
    """
    cuts: list[tuple[Span, bytes]] = []
    for one in packet.properties:
        wanted = values.get(one.name)
        if wanted is None:
            ours = one.name in values or one.name.startswith(f"{OURS} ")
            cuts += [(one.span, b"")] if ours else []
        elif one.value is None or one.value.strip() != wanted:
            cuts.append((one.inner, _spelt(one, wanted)))
    there = {one.name for one in packet.properties}
    new = {name: said for name, said in values.items() if said is not None and name not in there}
    cuts += _block(packet, new)
    text = packet.text
    for (start, end), piece in sorted(cuts, reverse=True):  # from the end: places before it stay
        text = text[:start] + piece + text[end:]
    return packet.encode(text)


def _spelt(one: Property, wanted: str) -> bytes:
    said = escape(wanted, QUOTES).encode()
    return b">" + said + b"</" + one.tag + b">" if one.closed else said


def _block(packet: Packet, values: dict[str, str]) -> list[tuple[Span, bytes]]:
    """One more rdf:Description, at the end of rdf:RDF: all ours in one place."""
    if not values:
        return []
    line = b"\r\n" if b"\r\n" in packet.text else b"\n"
    spaces = sorted({name.partition(" ")[0] for name in values}, reverse=True)
    parts = [f'xmlns:{PREFIXES[space]}="{space}"' for space in spaces]
    for name, said in values.items():
        space, _, local = name.partition(" ")
        parts.append(f'{PREFIXES[space]}:{local}="{escape(said, QUOTES)}"')
    bound = b"" if packet.rdf == b"rdf:RDF" else f' xmlns:rdf="{RDF}"'.encode()
    block = line + b"  <rdf:Description" + bound + b" rdf:about=" + packet.about
    block += b"".join(line + b"    " + part.encode() for part in parts) + b"/>"
    if packet.closed:
        return [((packet.end - 2, packet.end), b">" + block + line + b" </" + packet.rdf + b">")]
    at = len(packet.text[: packet.end].rstrip())
    return [((at, at), block)]
