"""What the page does when there is nothing, very much, or something goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import EXAMPLES
from tests.web.browser import PHONE, Open, has
from tests.web.conftest import Served, serving
from tests.web.fake_api import ABOUT, FakeApi

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = pytest.importorskip("playwright.sync_api").expect
TOKEN = "sixteen letters and more"
PHOTO = EXAMPLES / "chelsea.jpg"
MANY = 40_000
FRAMES = 120

# Goes through it, a screen and a half a frame -> how many cells there were at the most.
SCROLL = """
() => new Promise((done) => {
  let [frames, most] = [0, 0];
  const step = () => {
    most = Math.max(most, document.querySelectorAll(".cell").length);
    if (++frames === 120) return done(most);
    scrollBy(0, 1.5 * innerHeight);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})
"""


def processor_seconds(session: Any) -> float:
    """Of the page's main thread: on a busy machine frames are late, but not dearer."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    seconds: float = next(row["value"] for row in metrics if row["name"] == "TaskDuration")
    return seconds


def test_forty_thousand_photos_scroll(served: Served, open_page: Open) -> None:
    api = FakeApi(MANY)
    page = open_page(f"{served.url}/#/library", before=api.install)
    expect(page.locator(".cell .name").first).to_be_visible()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = processor_seconds(session)
    assert page.evaluate(SCROLL) < 150, "cells far from view are not there"
    spent = (processor_seconds(session) - before) / FRAMES
    assert spent < 0.016, f"{1000 * spent:.1f} ms of a processor a frame"
    asked = sum("/thumbnail" in line for line in api.asked)
    assert asked < 600, "what flies past is not asked for"
    page.locator(".grid").press("End")
    last = page.locator(".cell[aria-selected=true]")
    expect(last).to_have_attribute("aria-posinset", str(MANY))
    expect(last.locator("img.there")).to_be_visible()
    expect(last.locator(".name")).to_have_text("39999.jpg")
    page.reload()
    expect(last).to_have_attribute("aria-posinset", str(MANY))
    page.locator(".grid").press("Home")
    expect(page.locator(".cell[aria-selected=true] .name")).to_have_text("00000.jpg")


@pytest.mark.parametrize("view", ["library", "cull", "families"])
def test_without_a_library_the_page_says_how_to_serve_one(
    served: Served, open_page: Open, view: str
) -> None:
    api = FakeApi(0, about={**ABOUT, "library": False, "folder": None})
    page = open_page(f"{served.url}/#/{view}", PHONE, before=api.install)
    expect(page.locator(".empty b")).to_have_text("No folder is served")
    expect(page.locator(".empty code")).to_contain_text("photoloupe serve")


def test_an_empty_library_says_what_to_do(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/library", before=FakeApi(0).install)
    empty = page.locator("main .empty b")
    expect(empty).to_have_text("The library is empty")
    page.goto(f"{served.url}/#/library?filter=selfies")
    expect(empty).to_have_text("No matching photos")
    page.goto(f"{served.url}/#/cull")
    expect(empty).to_have_text("The library is empty")
    page.goto(f"{served.url}/#/families")
    expect(empty).to_have_text("No crop families")


def test_a_scan_without_crop_features_names_the_command(served: Served, open_page: Open) -> None:
    message = "the catalog has no crop features: photoloupe scan --crops"
    api = FakeApi(9)
    api.crops |= {"ready": False, "state": "not_scanned", "message": message}
    page = open_page(f"{served.url}/#/families", before=api.install)
    expect(page.locator(".empty")).to_contain_text(message)


@pytest.mark.parametrize(
    ("status", "title"),
    [(413, "Too large"), (415, "Unsupported format"), (422, "Cannot be processed")],
)
def test_a_refused_photo_says_why(served: Served, open_page: Open, status: int, title: str) -> None:
    api = FakeApi(0, refusals={"/v1/inspect": (status, "no", "words for a person", {})})
    page = open_page(f"{served.url}/#/inspect", before=api.install)
    page.set_input_files(".zone input", PHOTO)
    expect(page.locator(".problem")).to_have_text(f"{title} words for a person")


def test_a_photo_over_the_limit_is_not_even_sent(
    served: Served, open_page: Open, tmp_path: Path
) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(4_100_000))
    api = FakeApi(0)
    page = open_page(f"{served.url}/#/inspect", before=api.install)
    page.set_input_files(".zone input", large)
    expect(page.locator(".problem")).to_contain_text(
        "It has 4.1 MB; this server accepts at most 4.0 MB"
    )
    assert not any("inspect" in line for line in api.asked)


def with_clock(page: Page, api: FakeApi) -> None:
    """Install both; page.clock.run_for(milliseconds) stands for waiting."""
    page.clock.install()
    api.install(page)


def test_a_busy_server_is_asked_again(served: Served, open_page: Open) -> None:
    busy = {"/v1/index": (429, "busy", "too many requests wait", {"Retry-After": "1"})}
    api = FakeApi(9, refusals=busy)

    def relent(response: Any) -> None:
        if response.status == 429:
            api.refusals.clear()

    page = open_page(f"{served.url}/#/inspect", before=lambda page: with_clock(page, api))
    page.on("response", relent)
    with page.expect_response("**/v1/index*"):
        page.get_by_role("link", name="Library").click()
    page.clock.run_for(1000)
    expect(page.locator(".cell")).to_have_count(9)
    assert sum("/v1/index" in line for line in api.asked) == 2


def test_a_server_that_went_and_came_back(served: Served, open_page: Open) -> None:
    api = FakeApi(9)
    page = open_page(f"{served.url}/#/inspect", before=lambda page: with_clock(page, api))
    page.set_input_files(".zone input", PHOTO)
    api.gone = True
    page.get_by_role("link", name="Library").click()
    expect(page.locator("#gone")).to_contain_text("The server does not respond")
    expect(page.locator("main .failed b")).to_have_text("No connection to the server")
    api.gone = False
    page.clock.run_for(3000)
    expect(page.locator(".cell")).to_have_count(9)
    expect(page.locator("#gone")).to_be_hidden()


def test_a_decision_that_fails_is_taken_back(served: Served, open_page: Open) -> None:
    locked: dict[str, Any] = {"/v1/photos/p0": (503, "catalog", "a scan holds the catalog", {})}
    api = FakeApi(9, refusals=locked)
    page = open_page(f"{served.url}/#/cull", before=api.install)
    expect(page.locator(".pane.active .name")).to_have_text("00000.jpg")
    page.keyboard.press("k")
    expect(page.locator(".place")).to_have_text("2 of 9")
    expect(page.locator(".note.failed")).to_contain_text("not kept: a scan holds the catalog")
    expect(page.locator(".strip [data-decision=keep]")).to_have_count(0)
    api.refusals.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".strip [data-decision=keep]")).to_have_count(1)
    assert api.words["p0"] == {"decision": "keep"}


def test_the_best_of_a_burst_is_suggested(served: Served, open_page: Open) -> None:
    api = FakeApi(9)
    page = open_page(f"{served.url}/#/cull?at=p4", before=api.install)
    expect(page.locator(".burst")).to_contain_text("Burst of 4: best is 00006.jpg")
    page.keyboard.press("b")
    expect(page.locator(".burst")).to_contain_text("this is the best")
    expect(page.locator(".best")).to_have_text("Best of its burst")
    page.keyboard.press("v")
    expect(page.locator(".pane:visible img")).to_have_count(4)
    expect(page.locator(".place")).to_have_text("1 of 4")
    page.get_by_role("button", name="Keep best only").click()
    expect(page.locator(".pane[data-decision=reject]")).to_have_count(3)
    expect(page.locator(".note")).to_contain_text("3 others rejected")
    assert api.words == {
        "p6": {"decision": "keep"},
        **{f"p{number}": {"decision": "reject"} for number in (4, 5, 7)},
    }
    page.get_by_role("link", name="Back from the burst").click()
    expect(page.locator(".place")).to_have_text("7 of 9")


def test_a_name_is_never_markup(served: Served, open_page: Open) -> None:
    api = FakeApi(3)
    name = "<img src=x onerror=alert(1)>.jpg"
    api.words["p0"] = {"path": name, "camera": "<script>alert(1)</script>"}

    def refuse(dialog: Any) -> None:
        pytest.fail(f"a name became a script: {dialog.message}")

    page = open_page(f"{served.url}/#/library?photo=p0", before=api.install)
    page.on("dialog", refuse)
    expect(page.locator("#detail-name")).to_have_text(name)
    expect(page.locator(".cell .name").first).to_have_text(name)
    assert page.locator("script").count() == 1


def test_the_token_is_asked_for(served: Served, open_page: Open) -> None:
    api = FakeApi(9, refusals={"/v1/about": (401, "no_token", "a token is needed", {})})
    page = open_page(f"{served.url}/#/crop", before=api.install)
    expect(page.locator(".token b")).to_have_text("Token required")
    page.get_by_label("Token").fill("not the right one")
    page.keyboard.press("Enter")
    expect(page.locator(".problem")).to_have_text("Wrong token.")
    assert "token" not in page.url, "it does not stay in the address"
    api.refusals.clear()
    page.get_by_label("Token").fill("the right one")
    page.get_by_role("button", name="Open").click()
    expect(page.locator(".zone b").first).to_have_text("Drop two photos")


def test_a_link_with_the_token_opens_the_page(open_page: Open) -> None:
    with serving(token=TOKEN) as guarded:
        page = open_page(f"{guarded.url}/?token={TOKEN}#/crop")
        expect(page.locator(".zone b").first).to_have_text("Drop two photos")
        expect(page).to_have_url(has(r"^[^?]*#/crop$"))
        assert page.evaluate("document.cookie") == "", "no script can read it"


def shown_keys(page: Page) -> str:
    page.keyboard.press("?")
    text = page.locator("#keys").inner_text()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    return text


def test_the_keys_of_each_view_are_listed(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/#/cull", before=FakeApi(9).install)
    expect(page.locator(".place")).to_have_text("1 of 9")
    assert "Reject" in shown_keys(page)
    page.get_by_role("link", name="Inspect").click()
    expect(page.locator(".zone")).to_be_visible()
    text = shown_keys(page)
    assert "Choose photos" in text
    assert "Reject" not in text
