"""Bytes in, bytes out: what is not ours stays to the last one."""

from __future__ import annotations

import codecs
from xml.etree import ElementTree

import pytest

from photoloupe.catalog.sidecars.xmp import MOST_BYTES, RATING, RDF, XmpError, read_packet
from photoloupe.catalog.sidecars.xmp_edit import EMPTY, OURS, merge_properties

SCORE = f"{OURS} AestheticsScore"
XMP = RATING.partition(" ")[0]
LETTERS = 26


def packet(inside: str, attributes: str = "") -> bytes:
    """Quotes, comments, spaces and an unknown namespace, as other programs write them."""
    return f"""<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>
<!-- caf\u00e9 > "all" --><m:xmpmeta xmlns:m="adobe:ns:meta/">
<r:RDF xmlns:r='{RDF}' >
 <r:Description r:about='uuid:1' xmlns:xap="{XMP}"
   xmlns:dt='http://darktable.sf.net/' xmlns:o="{OURS}"
   dt:history='a > b'  {attributes}>{inside}<dt:masks>  <r:Seq><r:li>7</r:li></r:Seq></dt:masks>
 </r:Description>
</r:RDF></m:xmpmeta>
<?xpacket end='w'?>   \n""".encode()


@pytest.mark.parametrize(
    ("inside", "attributes"),
    [("", 'xap:Rating="{}"'), ("", "xap:Rating = '{}'"), ("<xap:Rating>{}</xap:Rating>", "")],
)
def test_a_value_changes_where_it_is_and_no_other_byte(inside: str, attributes: str) -> None:
    data = packet(inside.format(3), attributes.format(3))
    assert read_packet(data).value(RATING) == "3"
    changed = merge_properties(read_packet(data), {RATING: "-1"})
    assert changed == packet(inside.format(-1), attributes.format(-1))


def test_new_values_come_last_and_the_rest_stays() -> None:
    data = packet("<xap:Rating>3</xap:Rating>")
    after = merge_properties(read_packet(data), {SCORE: "7 <&> \"'"})
    at = data.index(b"\n</r:RDF>")
    assert after[:at] == data[:at]
    assert after.endswith(data[at:])
    assert read_packet(after).value(SCORE) == "7 <&> \"'"
    assert read_packet(after).value(RATING) == "3"
    nodes = ElementTree.fromstring(after.decode()).iter(f"{{{RDF}}}Description")
    assert [node.get(f"{{{RDF}}}about") for node in nodes] == ["uuid:1", "uuid:1"]
    assert merge_properties(read_packet(after), {SCORE: "7 <&> \"'"}) == after


def test_what_is_ours_and_no_longer_said_goes() -> None:
    data = packet("<o:Old>1</o:Old>", "o:Older='2'")
    assert merge_properties(read_packet(data), {}) == packet("").replace(b"b'  >", b"b'>")


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_encoding_and_mark_stay(mark: bytes) -> None:
    encoding = {2: "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"}.get(
        len(mark), "utf-8"
    )

    def coded(data: bytes) -> bytes:
        return mark + data.decode().encode(encoding)

    data = packet("", "xap:Rating='3'").replace(b"\n", b"\r\n")
    wanted = data.replace(b"'3'", b"'5'")
    assert merge_properties(read_packet(coded(data)), {RATING: "5"}) == coded(wanted)
    assert b"\n" not in merge_properties(read_packet(data), {SCORE: "1"}).replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("rdf", "value"),
    [
        (f'<r:RDF xmlns:r="{RDF}"/>', None),
        (f'<RDF xmlns="{RDF}"></RDF>', None),
        (f'<r:RDF xmlns:r="{RDF}"><r:D><q:Rating xmlns:q="{XMP}"/></r:D></r:RDF>', ""),
    ],
)  # fmt: skip
def test_empty_tags_open(rdf: str, value: str | None) -> None:
    found = read_packet(rdf.encode())
    assert found.value(RATING) == value
    after = merge_properties(found, {RATING: "4", SCORE: "2"})
    assert (read_packet(after).value(RATING), read_packet(after).value(SCORE)) == ("4", "2")


def test_only_the_photos_own_rating_counts() -> None:
    nested = "<dt:of r:parseType='Resource'><xap:Rating>5</xap:Rating></dt:of>"
    assert read_packet(packet(nested)).all_named(RATING) == []
    twice = read_packet(packet("<xap:Rating>5</xap:Rating>", "xap:Rating='4'"))
    assert (len(twice.all_named(RATING)), twice.value(RATING)) == (2, None)
    qualified = "<xap:Rating><r:Description><r:value>5</r:value></r:Description></xap:Rating>"
    found = read_packet(packet(qualified))
    assert (len(found.all_named(RATING)), found.value(RATING)) == (1, None)


LAUGHS = "".join(f'<!ENTITY {chr(98 + k)} "{10 * f"&{chr(97 + k)};"}">' for k in range(LETTERS - 1))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (f'<!DOCTYPE x [<!ENTITY a "ha">{LAUGHS}]><x>&z;</x>'.encode(), "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        (b" " * (MOST_BYTES + 1), "limit"),
        (b"", "well-formed"),
        (b"<a><b></a>", "well-formed"),
        (b"<a>&unknown;</a>", "well-formed"),
        (b"<a/>", "no rdf:RDF"),
        (b"<a>\xff</a>", "UTF-8"),
        (b'<?xml version="1.0" encoding="latin-1"?><a/>', "latin-1"),
        (EMPTY[:-20], "well-formed"),
        (f'<a xmlns:r="{RDF}"><r:RDF/><r:RDF/></a>'.encode(), "two rdf:RDF"),
    ],
)
def test_what_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(XmpError, match=why):
        read_packet(data)
