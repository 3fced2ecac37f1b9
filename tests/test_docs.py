"""Links of README, CHANGELOG and docs lead somewhere, anchors too; code names pages that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import photoloupe
from photoloupe.errors import PHOTO_ERROR_CODES

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


def test_the_columns_of_the_catalogue_are_listed() -> None:
    schema = pytest.importorskip("photoloupe.catalog.schema")
    page = (DOCS / "reference" / "catalog_columns.md").read_text(encoding="utf-8")
    assert {name for name in schema.column_names() if f"`{name}`" not in page} == set()
