"""Links of README, CHANGELOG and docs lead somewhere, anchors too; code names pages that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import photoloupe
from photoloupe.errors import PHOTO_ERROR_CODES
from tests.test_layers import FLOORS

REPOSITORY = Path(__file__).parent.parent
DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
MENTION = re.compile(r"docs/[\w/]+\.(?:md|png)")
CODE = ("src", "tests", "scripts", "benchmarks", "recipes", "deploy", "examples")


def prose(page: Path) -> str:
    """The page's text without code blocks, whose brackets are no links."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", prose(page), flags=re.M)
    kept = (re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", title)) for title in titles)
    return {title.strip().lower().replace(" ", "-") for title in kept}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue  # another site
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_every_page_is_linked_from_the_map() -> None:
    linked = {DOCS / "README.md"}
    for page in (DOCS / "README.md", DOCS / "lab" / "README.md"):
        linked |= {(page.parent / link).resolve() for link in LINK.findall(prose(page))}
    assert set(DOCS.rglob("*.md")) <= linked


def test_pages_that_code_names_exist() -> None:
    files = [path for folder in CODE for path in (REPOSITORY / folder).rglob("*")]
    named = {
        (path.name, mention)
        for path in (*files, REPOSITORY / "Dockerfile")
        if path.suffix in {".py", ".toml", ".yaml", ".conf", ".html", ".js", ".md"}
        or path.name == "Dockerfile"
        for mention in MENTION.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert {(by, page) for by, page in named if not (REPOSITORY / page).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_files_that_pages_name_exist(page: Path) -> None:
    if page.is_relative_to(DOCS / "lab"):
        return  # what was tried may be gone
    text = page.read_text(encoding="utf-8")
    roots = (REPOSITORY, REPOSITORY / "src" / "photoloupe", REPOSITORY / "benchmarks")
    for name in re.findall(r"[`\s(]([\w/]+(?:\.py|\.npz|\.toml|/))[`\s,)]", text):
        if "/" in name.rstrip("/") or name.endswith((".py", ".npz")):
            assert any((root / name).exists() for root in roots), f"{page.name}: {name}"


def test_the_python_page_names_every_public_name() -> None:
    page = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    assert {name for name in photoloupe.__all__ if f"`{name}" not in page} == set()


def test_the_error_codes_are_listed() -> None:
    page = (DOCS / "reference" / "formats.md").read_text(encoding="utf-8")
    assert {code for code in PHOTO_ERROR_CODES if f"| `{code}` |" not in page} == set()


def test_the_codes_of_refused_requests_are_listed() -> None:
    page = (DOCS / "reference" / "rest.md").read_text(encoding="utf-8")
    sources = (REPOSITORY / "src" / "photoloupe" / "web").rglob("*.py")
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    found = set(re.findall(r'RequestError\(\s*\d{3},\s*"(\w+)"', code))
    assert len(found) > 10
    assert {name for name in found if f"`{name}`" not in page} == set()


def test_the_columns_of_the_catalog_are_listed() -> None:
    schema = pytest.importorskip("photoloupe.catalog.schema")
    page = (DOCS / "reference" / "catalog_columns.md").read_text(encoding="utf-8")
    assert {name for name in schema.column_names() if f"`{name}`" not in page} == set()


def test_the_floors_of_the_architecture_are_those_that_are_tested() -> None:
    page = (DOCS / "concepts" / "architecture.md").read_text(encoding="utf-8")
    floors = {
        name.removesuffix(".py").removesuffix("/"): int(number)
        for number, rooms in re.findall(r"^\| (\d+) \| ([^|]+) \|", page, flags=re.M)
        for name in re.findall(r"`([^`]+)`", rooms)
    }
    assert floors == {name: floor for name, floor in FLOORS.items() if "__" not in name}


def test_usage_lines_of_the_guide_have_options_that_exist() -> None:
    option = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
    known = set(option.findall((DOCS / "reference" / "cli.md").read_text(encoding="utf-8")))
    for page in (DOCS / "guide").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        usage = re.findall(r"^    +(?:photoloupe |\[--).*", text, flags=re.M)
        usage += re.findall(r"^\$ photoloupe .*", text, flags=re.M)
        unknown = set(option.findall("\n".join(usage))) - known
        assert not unknown, f"{page.name}: {unknown}"
