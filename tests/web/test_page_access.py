"""The page for everybody: axe-core finds nothing serious, keys reach all, fingers hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import EXAMPLES
from tests.web.browser import DESK, PHONE, Open
from tests.web.conftest import Served
from tests.web.fake_api import FakeApi

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = pytest.importorskip("playwright.sync_api").expect

SERIOUS = {"serious", "critical"}
FINGER_PX = 38

WIDER = "() => document.documentElement.scrollWidth - innerWidth"
SMALL = f"""
() => [...document.querySelectorAll("button, a, select, label.chooser, input[type=text]")]
  .filter((node) => node.checkVisibility() && !node.closest(".skip, .strip, .evidence"))
  .map((node) => [node.textContent || node.ariaLabel, node.getBoundingClientRect()])
  .filter(([, box]) => box.height < {FINGER_PX} && box.height > 0)
  .map(([text, box]) => `${{text}}: ${{box.width}} x ${{box.height}}`)
"""


def inspected(page: Page) -> None:
    page.set_input_files(
        ".zone input", [EXAMPLES / "astronaut-squished.jpg", EXAMPLES / "SOURCES.md"]
    )
    expect(page.locator(".wipe")).to_be_visible()
    expect(page.locator(".problem")).to_be_visible()


def compared(page: Page) -> None:
    page.set_input_files(
        ".slot input >> nth=0", [EXAMPLES / "alps.jpg", EXAMPLES / "alps-crop.jpg"]
    )
    expect(page.locator(".overlay-stage .box")).to_be_visible()


def filled(page: Page) -> None:
    expect(page.locator(".cell .name")).to_have_count(9)


def opened(page: Page) -> None:
    filled(page)
    page.locator(".grid").press("Enter")
    expect(page.locator(".detail .bars")).to_be_visible()


def culled(page: Page) -> None:
    expect(page.locator(".pane .name")).to_be_visible()


def related(page: Page) -> None:
    expect(page.locator(".family")).to_be_visible()


def helped(page: Page) -> None:
    filled(page)
    page.keyboard.press("?")
    expect(page.locator("#keys h2")).to_be_visible()


STATES = {
    "inspect": inspected, "crop": compared, "library": filled, "library photo": opened,
    "library keys": helped, "cull": culled, "families": related,
}  # fmt: skip


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, from the package that carries it."""
    base = pytest.importorskip("axe_playwright_python.base")
    text: str = base.AXE_SCRIPT
    return text


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_serious(  # noqa: PLR0917 (pytest passes them by name)
    served: Served, open_page: Open, axe: str, size: tuple[int, int], scheme: str, state: str
) -> None:
    url = f"{served.url}/#/{state.partition(' ')[0]}"
    page = open_page(url, size, scheme=scheme, bypass_csp=True)
    STATES[state](page)
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("() => axe.run()")
    wrong = [
        (rule["id"], [node["target"] for node in rule["nodes"]])
        for rule in found["violations"]
        if rule["impact"] in SERIOUS
    ]
    assert wrong == []
    assert page.evaluate(WIDER) <= 0, "it can be scrolled sideways"
    if size == PHONE:
        assert page.evaluate(SMALL) == []


def focused(page: Page) -> str:
    text: str = page.evaluate(
        "() => document.activeElement.ariaLabel ?? document.activeElement.textContent"
    )
    return text


def tabbed(page: Page, wanted: str, most: int = 30) -> None:
    """Press Tab until something called so has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page).startswith(wanted):
            return
    pytest.fail(f"Tab does not reach {wanted}")


def test_by_keyboard_alone_from_the_first_view_to_a_decision(
    served: Served, open_page: Open
) -> None:
    api = FakeApi(30)
    page = open_page(f"{served.url}/", before=api.install)
    expect(page.locator(".zone")).to_be_visible()
    page.locator("body").evaluate("() => document.activeElement.blur()")
    tabbed(page, "Library")
    page.keyboard.press("Enter")
    expect(page.locator(".cell .name").first).to_be_visible()
    expect(page.locator(".grid")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    expect(page.locator(".cell[aria-selected=true] .mark.keep")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator(".place")).to_have_text("8 of 30")
    page.keyboard.press("x")
    expect(page.locator(".place")).to_have_text("9 of 30")
    assert api.words == {"p7": {"decision": "reject"}}
    tabbed(page, "Inspect", most=60)
    page.keyboard.press("Enter")
    tabbed(page, "Keys")
    page.keyboard.press("Enter")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_motion_is_spared_who_asks_for_it(served: Served, open_page: Open) -> None:
    url = f"{served.url}/#/crop"
    page = open_page(url, before=lambda page: page.clock.install(), reduced_motion="reduce")
    compared(page)
    page.keyboard.press("b")
    page.clock.run_for(700)  # else it would be back by now
    expect(page.locator(".over.off")).to_have_count(1)
    inner = page.locator(".inner")
    assert inner.evaluate("node => getComputedStyle(node).transitionDuration") == "0s"
