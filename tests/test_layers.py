"""The floors of docs/concepts/architecture.md: an import points down only."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "photoloupe"

# Lower number: lower floor. Rooms of one number import each other only inside a folder.
FLOORS = {
    "version": 0, "errors": 0, "arrays": 0, "boxes": 0, "parallel": 0, "figures": 0,
    "media": 2, "models": 2, "questions": 3, "report": 4, "crops": 4, "inspector": 5, "output": 5,
    "crop_search": 5, "uses": 6, "catalog": 7, "training": 7, "cluster": 8, "web": 8, "cli": 9,
    "__main__": 10, "__init__": 10,
}  # fmt: skip
MOST_ROOMS = 23
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
            assert room == "catalog", f"{room} imports {name}"
        elif name.split(".")[0] == "pyarrow":
            assert room in {"output", "catalog", "cluster"}, f"{room} imports {name}"
        elif name.split(".")[0] in {"ray", "fsspec"}:
            assert room == "cluster", f"{room} imports {name}"


def test_the_top_has_few_rooms() -> None:
    rooms = [p for p in PACKAGE.iterdir() if p.name != "__pycache__"]
    assert len(rooms) <= MOST_ROOMS


def module_name(path: Path) -> str:
    parts = ("photoloupe", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def module_graph() -> dict[str, set[str]]:
    """Module -> the modules it imports: at its top, inside functions and for types alike."""
    paths = {module_name(path): path for path in PACKAGE.rglob("*.py")}
    graph: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names} & paths.keys()
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{alias.name}" for alias in node.names} & paths.keys()
                graph[name] |= inner or {node.module} & paths.keys()
    return graph


def test_no_module_reaches_itself() -> None:
    graph = module_graph()
    assert len(graph) > 150
    TopologicalSorter(graph).prepare()  # CycleError names the circle


def kind_folders() -> list[str]:
    """The folders of training that the registry of kinds names."""
    tree = ast.parse((PACKAGE / "training" / "kinds.py").read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and text.startswith("photoloupe.")]


def test_published_systems_are_found_by_name_alone() -> None:
    published = "photoloupe.training.published"
    for name, others in module_graph().items():
        if not name.startswith(published):
            assert not [other for other in others if other.startswith(published)], name


def test_kinds_of_training_do_not_import_each_other() -> None:
    folders = kind_folders()
    assert len(folders) == 8
    for name, others in module_graph().items():
        own = [folder for folder in folders if name.startswith(f"{folder}.")]
        for folder in {*folders} - {*own}:
            assert not [other for other in others if other.startswith(f"{folder}.")], name


def test_a_circle_would_be_noticed() -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()


def public_classes() -> Counter[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py"))
    nodes = (node for tree in trees for node in tree.body)
    return Counter(
        node.name
        for node in nodes
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )


def test_no_two_public_classes_have_one_name() -> None:
    assert {name for name, count in public_classes().items() if count > 1} == set()


MOST_LINES = 60  # of a function, its docstring included


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MOST_LINES, node.name


def modules_after(code: str) -> set[str]:
    program = f"{code}\nimport sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return set(run.stdout.decode().split())


def test_importing_photoloupe_stays_light() -> None:
    assert not modules_after("import photoloupe") & {"cv2", "numpy", "onnxruntime", "torch"}
    assert not modules_after("import photoloupe.cli") & {"fastapi", "uvicorn", "pydantic"}
    assert not modules_after("import photoloupe.web.server") & {"lancedb", "pyarrow", "faiss"}
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
