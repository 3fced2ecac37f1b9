"""The photos of a served folder."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from photoloupe.catalog.ask.query import query
from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.store import Catalog
from photoloupe.inspector import Inspector
from photoloupe.web.routes import schemas
from tests.conftest import EXAMPLES, encode, scene
from tests.web.conftest import Served, serving, wait_until


def get(served: Served, path: str, **params: Any) -> Any:
    response = served.client.get(path, params=params)
    assert response.status_code == 200, response.text
    return response.json()


def refused(served: Served, path: str, **params: Any) -> tuple[int, str]:
    response = served.client.get(path, params=params)
    return response.status_code, response.json()["error"]["code"]


def names(photos: list[dict[str, Any]]) -> list[str]:
    return [photo["path"] for photo in photos]


def test_a_photo_is_its_report_and_more(served: Served) -> None:
    photo = served.photo("boats.jpg")
    (report,) = Inspector().inspect([str(served.folder / "boats.jpg")])
    own = {**report.to_dict(), "path": "boats.jpg"}
    assert {key: photo[key] for key in own} == own
    assert set(photo) - set(own) == {"id", "rating", "decision", "camera", "burst", "best"}
    assert get(served, f"/v1/photos/{photo['id']}") == photo
    assert get(served, "/v1/photos", ids=f"{photo['id']},nonesuch")["photos"] == [photo]


@pytest.mark.parametrize("sort", ["path", "score", "selfie", "added", "taken"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_are_the_index(served: Served, sort: str, descending: bool) -> None:
    wish = {"sort": sort, "descending": descending}
    index = get(served, "/v1/index", **wish)
    assert index["total"] == len(index["ids"]) == 9
    found, cursor = [], None
    while True:
        page = get(served, "/v1/photos", limit=4, **({"cursor": cursor} if cursor else {}), **wish)
        found += [photo["id"] for photo in page["photos"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == index["ids"]
    photos = get(served, "/v1/photos", ids=",".join(found))["photos"]
    if sort in ("path", "score"):
        keys = [p["path"] if sort == "path" else p["aesthetics"]["score"] for p in photos]
        assert keys == sorted(keys, reverse=descending)


def test_filters_count_what_they_find(served: Served) -> None:
    wait_until(lambda: get(served, "/v1/crops")["ready"])
    counts = get(served, "/v1/counts")
    for chosen in set(counts) - {"version"}:
        assert get(served, "/v1/index", filter=chosen)["total"] == counts[chosen], chosen
    assert names(get(served, "/v1/photos", filter="squished")["photos"]) == [
        "astronaut-squished.jpg"
    ]
    assert names(get(served, "/v1/photos", filter="crops")["photos"]) == ["alps-crop.jpg"]


def test_an_expression_finds_what_query_finds(served: Served) -> None:
    expression = "aesthetics.score > 5.05 and not contains(path, 'coffee') and width in (1024, 451)"
    catalog = Catalog(str(served.folder / ".photoloupe"))
    rows = [row for batch in query(catalog, expression) for row in batch.to_pylist()]
    found = get(served, "/v1/photos", where=expression)["photos"]
    assert names(found) == sorted(Path(row["path"]).name for row in rows)
    assert len(found) == 2


@pytest.mark.parametrize(
    "expression",
    ["widht > 3", "true; select 1", "(", "repeat('x', 1000000000) = 'y'",
     "\"repeat\"('x', 9) = 'y'", "repeat ('x', 9) = 'y'"],
)  # fmt: skip
def test_what_is_no_question(served: Served, expression: str) -> None:
    assert refused(served, "/v1/photos", where=expression) == (422, "bad_expression")


@pytest.mark.parametrize(
    ("params", "code"),
    [({"cursor": "?"}, "bad_cursor"), ({"cursor": "WzEsMl0"}, "bad_cursor"),
     ({"limit": 0}, "invalid"), ({"limit": 201}, "invalid"), ({"filter": "none"}, "invalid"),
     ({"sort": "size"}, "invalid"), ({"ids": ",".join("a" * 201)}, "too_many")],
)  # fmt: skip
def test_pages_that_there_are_not(served: Served, params: dict[str, Any], code: str) -> None:
    assert refused(served, "/v1/photos", **params) == (422, code)


@pytest.mark.parametrize("size", ["160", "320", "640"])
def test_thumbnails(served: Served, size: str) -> None:
    path = f"/v1/photos/{served.photo('alps.jpg')['id']}/thumbnail"
    response = served.client.get(path, params={"size": size})
    image = Image.open(io.BytesIO(response.content))
    assert (image.format, image.width) == ("JPEG", int(size))
    assert image.width / image.height == pytest.approx(1024 / 484, rel=0.01)
    assert response.headers["Content-Type"] == "image/jpeg"
    tag = response.headers["ETag"]
    again = served.client.get(path, params={"size": size}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag
    other = served.client.get(path, params={"size": size}, headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


def test_a_picture_is_no_larger_than_the_file(served: Served) -> None:
    photo = served.photo("chelsea.jpg")
    response = served.client.get(f"/v1/photos/{photo['id']}/picture")
    assert Image.open(io.BytesIO(response.content)).size == (photo["width"], photo["height"])
    assert refused(served, f"/v1/photos/{photo['id']}/picture", size="99999") == (422, "invalid")
    assert refused(served, "/v1/photos/none/picture") == (404, "not_found")


def test_a_word_is_kept_and_taken_back(served: Served) -> None:
    photo = served.photo("coffee.jpg")
    path = f"/v1/photos/{photo['id']}"

    def say(**changes: Any) -> Any:
        return served.client.patch(path, json=changes).json()

    assert say(rating=4) == photo | {"rating": 4}
    assert say(decision="keep") == photo | {"rating": 4, "decision": "keep"}
    assert names(get(served, "/v1/photos", filter="keep")["photos"]) == ["coffee.jpg"]
    assert say(rating=None) == photo | {"decision": "keep"}
    assert get(served, "/v1/counts")["unrated"] == 9
    row = Catalog(str(served.folder / ".photoloupe")).rows_with("sha256", [photo["sha256"]])[0]
    assert (row["rating"], row["decision"]) == (None, "keep")
    before = [
        photo | {"rating": 4, "decision": "keep"},
        photo | {"rating": 4},
        photo,
    ]
    for expected in before:
        assert served.client.post("/v1/undo").json() == expected
    undone = served.client.post("/v1/undo")
    assert (undone.status_code, undone.json()["error"]["code"]) == (409, "nothing_to_undo")
    assert served.photo("coffee.jpg") == photo


@pytest.mark.parametrize("wish", [{"rating": 6}, {"rating": "4"}, {"rating": True}, {"stars": 4},
                                  {"decision": "maybe"}, {"rating": 2.5}])  # fmt: skip
def test_words_that_there_are_not(served: Served, wish: dict[str, Any]) -> None:
    photo = served.photo("coffee.jpg")
    response = served.client.patch(f"/v1/photos/{photo['id']}", json=wish)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid")
    assert served.photo("coffee.jpg") == photo


def test_likeness_to_a_photo_and_to_an_upload(served: Served) -> None:
    photo = served.photo("alps.jpg")
    found = get(served, "/v1/similar", id=photo["id"], count=3)["photos"]
    assert names(found)[0] == "alps-crop.jpg"
    assert [p["likeness"] for p in found] == sorted((p["likeness"] for p in found), reverse=True)
    upload = {"file": (EXAMPLES / "alps.jpg").read_bytes()}
    like = served.client.post("/v1/similar", files=upload, params={"count": 3}).json()["photos"]
    assert names(like) == ["alps.jpg", *names(found)[:2]]
    assert like[0]["likeness"] == pytest.approx(1, abs=0.001)
    assert like[1]["likeness"] == pytest.approx(found[0]["likeness"], abs=0.002)


def test_where_a_photo_was_cut_from(served: Served) -> None:
    expected = [612, 96, 912, 316]
    by_id = served.client.post("/v1/source", json={"id": served.photo("alps-crop.jpg")["id"]})
    (row,) = by_id.json()["relations"]
    assert row["source"]["path"] == "alps.jpg"
    assert row["crop"]["box_xyxy"] == pytest.approx(expected, abs=1)
    assert (row["crop"]["crop"], row["crop"]["source"]) == ("alps-crop.jpg", "alps.jpg")
    image = Image.open(EXAMPLES / "alps.jpg").crop((100, 50, 500, 350))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    upload = served.client.post("/v1/source", files={"file": ("mine.jpg", file.getvalue())})
    first = upload.json()["relations"][0]
    assert first["source"]["path"] == "alps.jpg"
    assert first["crop"]["box_xyxy"] == pytest.approx([100, 50, 500, 350], abs=1)
    assert first["crop"]["words"].startswith("mine.jpg is a cropped version of alps.jpg; ")
    schemas.RelationsBody.model_validate(upload.json())


def test_families(served: Served) -> None:
    wait_until(lambda: get(served, "/v1/crops")["ready"])
    answer = get(served, "/v1/crops")
    (family,) = answer["families"]
    assert (answer["state"], answer["message"]) == ("found", None)
    assert family["source"] == served.photo("alps.jpg")
    (member,) = family["crops"]
    assert member["photo"] == served.photo("alps-crop.jpg")
    assert member["box_xyxy"] == pytest.approx([612, 96, 912, 316], abs=1)


def test_a_squished_photo_of_the_library_is_repaired(served: Served) -> None:
    photo = served.photo("astronaut-squished.jpg")
    by_id = served.client.post("/v1/fix", json={"id": photo["id"]})
    upload = {"file": ("a b.jpg", (EXAMPLES / "astronaut-squished.jpg").read_bytes())}
    by_upload = served.client.post("/v1/fix", files=upload)
    assert by_id.content == by_upload.content
    assert by_upload.headers["Content-Disposition"].endswith("a%20b-fixed.jpg")
    image = Image.open(io.BytesIO(by_id.content))
    assert (image.format, image.height) == ("JPEG", 512)
    assert image.width > 450
    small = served.client.post("/v1/fix?shrink=true", files=upload)
    assert Image.open(io.BytesIO(small.content)).width == 256


@pytest.mark.parametrize(
    ("name", "code"), [("boats.jpg", "not_squished"), ("allium.jpg", "unsure")]
)
def test_nothing_to_repair(served: Served, name: str, code: str) -> None:
    response = served.client.post("/v1/fix", files={"file": (EXAMPLES / name).read_bytes()})
    assert (response.status_code, response.json()["error"]["code"]) == (409, code)


def test_crop_of_uploads(served: Served) -> None:
    data = {
        name: (EXAMPLES / f"{name}.jpg").read_bytes() for name in ("alps", "alps-crop", "boats")
    }
    found = served.client.post(
        "/v1/crop", files={"a": ("a", data["alps-crop"]), "b": ("b", data["alps"])}
    ).json()
    assert (found["verdict"], found["crop"], found["source"]) == ("crop", "a", "b")
    assert (found["crop_wh"], found["source_wh"]) == ([420, 308], [1024, 484])
    assert found["words"].startswith("a is a cropped version of b; its top left corner is at (612")
    schemas.ComparisonBody.model_validate(found)
    none = served.client.post("/v1/crop", files={"a": data["alps"], "b": data["boats"]}).json()
    assert (none["verdict"], none["is_crop"], none["crop"]) == ("no", False, None)
    lacking = served.client.post("/v1/crop", files={"a": data["alps"]})
    assert lacking.status_code == 422


def test_an_upload_that_cannot_be_used_is_called_by_its_name(served: Served) -> None:
    alps = ("alps.jpg", (EXAMPLES / "alps.jpg").read_bytes())
    files = {"a": alps, "b": ("holiday.png", b"no photo")}
    bad = served.client.post("/v1/crop", files=files)
    assert (bad.status_code, bad.json()["error"]["code"]) == (415, "unsupported")
    assert bad.json()["error"]["message"].startswith("holiday.png: ")


def test_an_upload_is_shown(served: Served) -> None:
    file = io.BytesIO()
    Image.open(EXAMPLES / "alps.jpg").save(file, "TIFF")
    response = served.client.post("/v1/preview?size=320", files={"file": file.getvalue()})
    image = Image.open(io.BytesIO(response.content))
    assert (image.format, image.width) == ("JPEG", 320)
    bad = served.client.post("/v1/preview", files={"file": b"no photo"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (415, "unsupported")


def test_about_says_what_is_served(served: Served) -> None:
    about = get(served, "/v1/about")
    assert (about["library"], about["folder"], about["message"]) == (True, "photos", None)
    assert set(about["models"]) == {"squish", "selfie", "aesthetics"}


def test_bursts_and_what_changes_while_it_serves(tmp_path: Path) -> None:
    """Two shots alike; one that cannot be read, one that comes later, one rated elsewhere."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, quality in (("boats", 95), ("boats", 40), ("coffee", 90)):
        image = Image.open(EXAMPLES / f"{name}.jpg")
        image.save(folder / f"{name}-{quality}.jpg", quality=quality)
    (folder / "bad.jpg").write_bytes(b"no photo")
    catalog = Catalog(str(folder / ".photoloupe"), make=True)
    scan(catalog, [str(folder)])
    with serving(folder) as served:
        wait_until(lambda: get(served, "/v1/about")["bursts"] == "ready")
        photos = {p["path"]: p for p in get(served, "/v1/photos")["photos"]}
        one, other = photos["boats-95.jpg"], photos["boats-40.jpg"]
        assert one["burst"] == other["burst"] is not None
        index = get(served, "/v1/index", burst=one["burst"], descending=True)
        assert index == {"ids": [one["id"], other["id"]], "total": 2}
        assert one["best"] != other["best"]
        assert (photos["coffee-90.jpg"]["burst"], photos["coffee-90.jpg"]["best"]) == (None, False)
        bad = photos["bad.jpg"]
        assert (bad["error"]["code"], bad["width"], bad["squish"]) == ("unsupported", None, None)
        assert refused(served, f"/v1/photos/{bad['id']}/thumbnail") == (404, "unsupported")
        assert get(served, "/v1/crops")["state"] in ("searching", "not_scanned")
        wait_until(lambda: get(served, "/v1/crops")["state"] == "not_scanned")
        assert "scan --crops" in get(served, "/v1/crops")["message"]
        source = served.client.post("/v1/source", json={"id": one["id"]})
        assert (source.status_code, source.json()["error"]["code"]) == (409, "no_crop_features")

        version = get(served, "/v1/counts")["version"]
        catalog.decide(one["sha256"], rating=5)
        (folder / "new.jpg").write_bytes(encode(scene(seed=7), "JPEG"))
        scan(catalog, [str(folder)], crops=True)
        wait_until(lambda: get(served, "/v1/counts")["all"] == 5)
        assert get(served, "/v1/counts")["version"] > version
        assert served.photo("boats-95.jpg")["rating"] == 5
        wait_until(lambda: get(served, "/v1/crops")["state"] == "found")

        (folder / "coffee-90.jpg").unlink()
        assert refused(served, f"/v1/photos/{photos['coffee-90.jpg']['id']}/thumbnail") == (
            404, "not_found",
        )  # fmt: skip
