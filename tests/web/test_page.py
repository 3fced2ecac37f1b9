"""The page against a real server: every flow as a person goes through it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import EXAMPLES
from tests.web.browser import DESK, PHONE, Open, bring, has
from tests.web.conftest import Served, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

CROP, SOURCE, SQUISHED = (
    EXAMPLES / name for name in ("alps-crop.jpg", "alps.jpg", "astronaut-squished.jpg")
)


def middle(page: Page, selector: str) -> dict[str, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return {side: float(length) for side, length in box.items()}  # type: ignore[arg-type]


def test_dropped_chosen_and_pasted_photos_are_looked_at(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/inspect")
    bring(page, "drop", ".zone", SOURCE)
    page.set_input_files(".zone input", [SQUISHED, EXAMPLES / "SOURCES.md"])
    bring(page, "paste", "body", CROP)
    expect(page.locator(".photo-card")).to_have_count(4)
    expect(page.locator(".tally [role=status]")).to_have_text("4 photos")
    report = served.photo("alps.jpg")
    card = page.locator(".photo-card").filter(has_text="1024 × 484")
    expect(card.locator(".score")).to_have_text(f"{report['aesthetics']['score']:.1f}")
    expect(card.locator(".bars span")).to_have_count(10)
    expect(card.locator(".evidence").first.locator("li")).to_have_text(report["selfie"]["evidence"])
    wrong = page.locator(".photo-card.failed")
    expect(wrong).to_have_count(1)
    expect(wrong.locator(".problem")).to_contain_text("content is none of JPEG, PNG")


def test_a_squished_photo_is_seen_before_and_after(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/inspect")
    page.set_input_files(".zone input", SQUISHED)
    squish = page.locator(".verdict.loud", has_text="squeezed")
    expect(squish).to_contain_text(has(r"Width squeezed to [45]\d %"))
    wipe = page.locator(".wipe")
    shape = float(wipe.evaluate("node => node.style.getPropertyValue('--shape')"))
    assert shape == pytest.approx(1, abs=0.1), "the astronaut was square"
    page.get_by_role("slider").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert wipe.evaluate("node => node.style.getPropertyValue('--at')") == "60%"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the repaired copy").click()
    assert download.value.suggested_filename == "astronaut-squished-repaired.jpg"


def test_a_crop_is_laid_over_its_box(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/crop")
    bring(page, "drop", ".zone", CROP, SOURCE)
    expect(page.locator(".crop-head h2")).to_have_text("A crop")
    expect(page.locator(".copies")).to_contain_text("612, 96, 912, 316")
    stage, box = middle(page, ".overlay-stage"), middle(page, ".overlay-stage .box")
    assert (box["x"] - stage["x"]) / stage["width"] == pytest.approx(612 / 1024, abs=0.01)
    over = middle(page, ".over")
    for side in ("x", "y", "width", "height"):
        assert over[side] == pytest.approx(box[side], abs=3)
    page.get_by_label("Crop opacity").fill("40")
    assert page.locator(".over").evaluate("node => node.style.opacity") == "0.4"
    page.keyboard.press("b")
    expect(page.locator(".over.off")).to_have_count(1)
    expect(page.locator(".over.off")).to_have_count(0)  # half a second later
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Blink")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("z")
    expect(page.locator(".overlay-stage.closer")).to_have_count(1)


def test_two_photos_without_a_relation_are_said_to_have_none(
    served: Served, open_page: Open
) -> None:
    page = open_page(f"{served.url}/#/crop", PHONE)
    page.set_input_files(".slot input >> nth=0", SOURCE)
    page.set_input_files(".slot[data-part=b] input", EXAMPLES / "coffee.jpg")
    expect(page.locator(".crop-head h2")).to_have_text("No relation")
    page.get_by_role("button", name="Remove").first.click()
    expect(page.locator(".crop-head")).to_have_count(0)
    expect(page.locator(".slot[data-part=a] input")).to_be_focused()


def by_score(served: Served) -> list[str]:
    """Names of the photos of the library, the best first."""
    photos = served.client.get("/v1/photos").json()["photos"]
    photos.sort(key=lambda photo: photo["aesthetics"]["score"], reverse=True)
    return [photo["path"] for photo in photos]


def test_the_library_is_filtered_sorted_and_searched(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/library")
    cells = page.locator(".cell")
    expect(cells).to_have_count(9)
    best, worst = by_score(served)[0], by_score(served)[-1]
    expect(cells.first).to_have_attribute("aria-label", has(f"{best}, score"))
    expect(page.locator("[data-filter=squished] small")).to_have_text("1")
    page.locator("[data-filter=squished]").click()
    expect(cells).to_have_count(1)
    page.reload()
    expect(cells).to_have_count(1)
    expect(cells.first).to_have_attribute("aria-label", has("astronaut-squished.jpg.*squished"))
    cells.first.dblclick()
    expect(page.locator(".detail .wipe")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[data-filter=all]").click()
    page.get_by_label("Sort").select_option("score-up")
    expect(cells.first).to_have_attribute("aria-label", has(worst))
    where = page.get_by_label("Where")
    where.fill("beauty > 7")
    where.press("Enter")
    expect(page.locator("#where-wrong")).to_contain_text("no column beauty")
    where.fill("width > 1000 and path like '%alps%'")
    where.press("Enter")
    expect(cells).to_have_count(1)
    expect(page.locator("#where-wrong")).to_be_hidden()


def test_the_library_is_searched_by_example(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/library")
    expect(page.locator(".cell .name")).to_have_count(9)
    bring(page, "drop", ".grid", CROP)
    expect(page.locator(".cell .note-word").first).to_have_text("100 %")
    expect(page.locator(".cell").first).to_have_attribute("aria-label", has("alps-crop.jpg"))
    page.get_by_role("button", name="Find its source").click()
    expect(page.locator(".relation figcaption b")).to_contain_text(["alps-crop.jpg", "alps.jpg"])
    page.reload()
    expect(page.locator("[role=alert]").last).to_contain_text("Drop it again")
    page.get_by_role("button", name="Back to all photos").click()
    expect(page.locator(".cell .name")).to_have_count(9)
    page.locator(".grid").press("s")
    expect(page.locator(".example")).to_contain_text(f"Most similar to {by_score(served)[0]}")
    expect(page.locator(".cell .note-word").first).to_be_visible()


def test_a_photo_is_opened_and_the_address_keeps_it(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/library")
    expect(page.locator(".cell .name")).to_have_count(9)
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    title = page.locator("#detail-name")
    expect(title).to_have_text(by_score(served)[-1])
    page.keyboard.press("Escape")
    expect(page.locator(".detail")).to_be_hidden()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Previous").focus()
    page.keyboard.press("ArrowLeft")
    last_but_one = by_score(served)[-2]
    expect(title).to_have_text(last_but_one)
    page.reload()
    expect(title).to_have_text(last_but_one)
    expect(page.locator(".detail .bars span")).to_have_count(10)
    page.keyboard.press("Escape")
    expect(page.locator(".grid")).to_be_focused()
    expect(page.locator(".cell[aria-selected=true]")).to_have_attribute(
        "aria-label", has(last_but_one)
    )


def held(served: Served, name: str) -> tuple[Any, Any]:
    photo = served.photo(name)
    return photo["rating"], photo["decision"]


def test_culling_by_keys_reaches_the_catalog(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/cull")
    place = page.locator(".place")
    expect(place).to_have_text("1 of 9")
    expect(page.locator(".pane.active .name")).to_have_text("allium.jpg")
    for key, told in (("k", "2 of 9"), ("x", "3 of 9"), ("4", "4 of 9")):
        page.keyboard.press(key)
        expect(place).to_have_text(told)
    expect(page.locator(".strip [data-decision=reject]")).to_have_count(1)
    names = ("allium.jpg", "alps-crop.jpg", "alps.jpg")
    given = [(None, "keep"), (None, "reject"), (4, None)]
    expect(page).to_have_url(has(f"at={served.photo('astronaut-squished.jpg')['id']}"))
    wait_until(lambda: [held(served, name) for name in names] == given)
    page.reload()  # the address keeps the place, the catalog the decisions
    expect(place).to_have_text("4 of 9")
    expect(page.locator(".strip [data-decision=keep]")).to_have_count(1)
    for told in ("3 of 9", "2 of 9", "1 of 9"):
        page.keyboard.press("u")
        expect(place).to_have_text(told)
    wait_until(lambda: [held(served, name) for name in names] == [(None, None)] * 3)


def test_compared_photos_zoom_and_pan_together(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/cull?compare=2")
    expect(page.locator(".pane:visible img")).to_have_count(2)
    page.keyboard.press("c")
    expect(page.locator(".pane:visible img")).to_have_count(4)
    page.keyboard.press("z")
    page.keyboard.press("Shift+ArrowRight")
    moves = page.locator(".pane:visible img").evaluate_all(
        "images => images.map((image) => image.style.transform)"
    )
    assert len(set(moves)) == 1
    assert moves[0].startswith("translate(-")
    page.mouse.move(300, 300)
    page.mouse.wheel(0, 3000)
    expect(page.locator(".table.zoomed")).to_have_count(0)


def test_crop_families_show_their_boxes(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/families", DESK)
    expect(page.locator(".family h2")).to_have_text(["alps.jpg"])
    boxed, box = middle(page, ".boxed"), middle(page, ".boxed .box")
    assert (box["x"] - boxed["x"]) / boxed["width"] == pytest.approx(612 / 1024, abs=0.01)
    page.get_by_role("button", name="Show alps-crop.jpg").focus()
    expect(page.locator(".box.lit")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#detail-name")).to_have_text("alps-crop.jpg")
    page.get_by_role("button", name="Find its source").click()
    expect(page.locator(".relation .box")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Show alps-crop.jpg")).to_be_focused()


def test_saved_answers_are_those_of_inspect(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/inspect")
    page.set_input_files(".zone input", SOURCE)
    expect(page.locator(".score")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the answers").click()
    saved = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert saved["aesthetics"] == served.photo("alps.jpg")["aesthetics"]
