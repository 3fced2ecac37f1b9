"""Every public name says what it is: a docstring, shapes of arrays, errors that it raises.

Public is what does not begin with an underscore, at the top of a module or in a public class.
Exempt are properties and methods of one `return`, whose name and type say it all; overrides of
what another library calls (`forward`, `write`, ...) need no more than the class says; training's
rebuilt published systems (training/published) need no docstrings of their own. Routes and verbs
need not say what they raise: their docstrings are the API document and `--help`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "photoloupe"
EXEMPT = ("training/published/",)
PATHS = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not path.relative_to(PACKAGE).as_posix().startswith(EXEMPT)
]

ARRAYS = {"Array", "Bools", "Float32", "Floats", "Ints", "NDArray", "Pixels", "Tensor", "ndarray"}
SIZE = r"(?:\.\.\.|\d+|[hwn]|\d*[A-Z]\w*(?: ?[-+*/] ?\d+)?|len\(\w+\)|\w+\.\w+)"
SHAPE = re.compile(rf"\((?:{SIZE},|{SIZE}(?:, {SIZE})+)\)|\(\)|\bscalar\b")
ERRORS = {
    "CatalogError", "ExpressionError", "LabelError", "ModelError", "PhotoError", "RecipeError",
    "Refusal", "RequestError",
}  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef


def names_in(node: ast.AST | None) -> set[str]:
    """Names and attributes of an annotation, of one that is a string too."""
    if node is None:
        return set()
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            found |= set(re.findall(r"\w+", part.value))
    return found


def takes_or_gives_arrays(function: Function) -> bool:
    """Does an argument or the result have an array's type?"""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    annotations = [argument.annotation for argument in arguments] + [function.returns]
    return any(names_in(annotation) & ARRAYS for annotation in annotations)


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def raises_ours(function: Function) -> bool:
    """Does it raise one of photoloupe's errors itself?"""
    raised = [node.exc for node in own_nodes(function) if isinstance(node, ast.Raise)]
    calls = [error.func for error in raised if isinstance(error, ast.Call)]
    return any(isinstance(name, ast.Name) and name.id in ERRORS for name in calls)


def is_for_users(function: Function) -> bool:
    """Is it a route or a verb, decorated as `@router.get(...)` or `@app.command()`?"""
    calls = [node.func for node in function.decorator_list if isinstance(node, ast.Call)]
    return any(
        isinstance(call, ast.Attribute)
        and isinstance(call.value, ast.Name)
        and call.value.id in {"app", "router", "verb"}
        for call in calls
    )


def is_trivial(function: Function) -> bool:
    """One `return`, or an overload's dots: the name and the type say it all."""
    return len(function.body) == 1 and isinstance(function.body[0], ast.Return | ast.Expr)


def public(nodes: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    for node in nodes:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def complaints(tree: ast.Module) -> Iterator[str]:
    """What is missing, a line each."""
    if ast.get_docstring(tree) is None:
        yield "module: no docstring"
    for node in public(tree.body):
        if isinstance(node, ast.ClassDef):
            yield from of_class(node)
        else:
            yield from of_function(node, node.name, ast.get_docstring(node))


def of_class(node: ast.ClassDef) -> Iterator[str]:
    about = ast.get_docstring(node) or ""
    if not about:
        yield f"{node.name}: no docstring"
    for part in node.body:
        if isinstance(part, Function) and part.name == "__init__":
            if raises_ours(part) and "Raises" not in about:
                yield f"{node.name}: errors are not named"
            if takes_or_gives_arrays(part) and not SHAPE.search(about):
                yield f"{node.name}: no shape"
    for method in public(node.body):
        if isinstance(method, Function):
            name = f"{node.name}.{method.name}"
            yield from of_function(method, name, ast.get_docstring(method), about)


def of_function(node: Function, name: str, text: str | None, about: str = "") -> Iterator[str]:
    """about: the docstring of the class, which may state shapes and errors for its methods."""
    short = is_trivial(node) and bool(about)
    if text is None and not short:
        yield f"{name}: no docstring"
    both = f"{text or ''} {about}"
    if takes_or_gives_arrays(node) and not SHAPE.search(both):
        yield f"{name}: no shape"
    if raises_ours(node) and "Raises" not in both and not is_for_users(node):
        yield f"{name}: errors are not named"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_described(path: Path) -> None:
    assert list(complaints(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ('"""M."""\ndef f(x: int) -> int:\n    return x', ["f: no docstring"]),
        ('"""M."""\ndef f(x: Pixels) -> int:\n    """Count."""', ["f: no shape"]),
        ('"""M."""\ndef f(x: Pixels) -> int:\n    """(H, W, 3) uint8 -> count."""', []),
        ('"""M."""\ndef f(x: Floats) -> int:\n    """(35,) logits -> bin."""', []),
        ('"""M."""\ndef f() -> int:\n    """Load."""\n    raise ModelError("no")',
         ["f: errors are not named"]),
        ('"""M."""\ndef f() -> int:\n    """Raises ModelError."""\n    raise ModelError("no")', []),
        ("def _f() -> int: ...", ["module: no docstring"]),
        ('"""M."""\nclass A:\n    """A."""\n    @property\n    def b(self) -> int:\n'
         "        return 1", []),
    ],
)  # fmt: skip
def test_what_is_missing_is_noticed(code: str, missing: list[str]) -> None:
    assert list(complaints(ast.parse(code))) == missing
