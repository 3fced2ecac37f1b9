"""The floors of docs/architecture.md: an import points down only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "photoloupe"

# Lower number: lower floor. Rooms of one number may import each other only inside a folder.
FLOORS = {
    "errors": 0, "boxes": 0, "parallel": 0, "facts": 1, "colour": 0, "formats": 1, "results": 1,
    "views": 0, "declared": 0, "faces": 1, "figures": 0, "labels": 1,
    "photo": 2, "cards": 2, "paths": 2, "tasks": 3, "runtime": 3, "crops": 4, "inspector": 4,
    "evaluation": 5, "listing": 5, "relation_listing": 5, "unsquish": 5, "selfies": 5, "ranking": 5,
    "reencode": 3, "fix": 6, "training": 6, "collection": 6, "cluster": 7, "web": 7, "cli_parts": 8,
    "cli_search": 9, "cli_fix": 9, "cli_rank": 9, "cli_collection": 9, "cli_changes": 9,
    "cli_report": 9, "cli_evaluate": 9, "cli_export": 9, "cli_serve": 9, "cli": 10, "__init__": 11,
}  # fmt: skip
TORCH = {"torch", "lightning", "transformers", "onnx", "scipy", "pydantic", "tensorboard"}


def imports(path: Path, *, top_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in tree.body if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_imports_point_down(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for name in imports(path):
        if name.startswith("photoloupe."):
            other = name.split(".")[1]
            assert other == room or FLOORS[other] < FLOORS[room], f"{room} imports {other}"
        elif name.split(".")[0] in TORCH:
            allowed = {"training", "web"} if name.split(".")[0] == "pydantic" else {"training"}
            assert room in allowed, f"{room} imports {name}"
        elif name.split(".")[0] in {"lancedb", "lance"}:
            assert room == "collection", f"{room} imports {name}"
        elif name.split(".")[0] == "pyarrow":
            assert room in {"collection", "cluster"}, f"{room} imports {name}"
        elif name.split(".")[0] in {"ray", "fsspec"}:
            assert room == "cluster", f"{room} imports {name}"


def modules_after(code: str) -> set[str]:
    program = f"{code}\nimport sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return set(run.stdout.decode().split())


def test_importing_photoloupe_stays_light() -> None:
    assert not modules_after("import photoloupe") & {"cv2", "numpy", "onnxruntime", "torch"}
    assert not modules_after("import photoloupe.cli") & {"fastapi", "uvicorn", "pydantic"}
    assert not modules_after("import photoloupe.web.running") & {"lancedb", "pyarrow", "faiss"}
    everything = modules_after("import photoloupe; photoloupe.Inspector; photoloupe.compare")
    assert not everything & (TORCH | {"ray", "fastapi", "rich", "pillow_heif", "lancedb"})


def test_the_command_line_needs_no_picture_library_for_help() -> None:
    assert not modules_after("import photoloupe.cli") & {
        "numpy",
        "PIL",
        "cv2",
        "onnxruntime",
        "lancedb",
    }
