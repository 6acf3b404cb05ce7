"""`parley new-adapter`: the files of an adapter that works, for a provider that is made up."""

import keyword
import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.configuration import registered
from gateway.cli.console import give_up, put, say

TEMPLATES = files("gateway.cli") / "scaffold_files"
NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
MARK = re.compile(r"@(\w+)@")
CODE = ("__init__.py", "adapter.py", "settings.py", "wire.py")


def new_adapter(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and _.")],
    into: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="Where; here, if it is not said.")
    ] = Path(),
) -> None:
    """Write the folder of an adapter with its cases and its test, all of which pass.

    In a clone of Parley it is a folder of the tree, anywhere else a package of its own.
    """
    scheme = re.sub(r"[^a-z]", "", name)
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        give_up(f"{name!r} is no name for an adapter; use small letters, digits and _")
    if name in registered().names():
        give_up(f"an adapter {name!r} is installed already; choose another name")
    inside = (into / "adapters" / "_shared").is_dir()
    if not inside and (name in sys.stdlib_module_names or find_spec(name) is not None):
        give_up(
            f"{name!r} is the name of a Python module, which a package of this name would hide;"
            f" choose another name, such as {name}_channel"
        )
    package = f"adapters.{name}" if inside else name
    class_name = "".join(part.capitalize() for part in name.split("_"))
    cases = f"tests.adapters.{name}.cases" if inside else f"{name}.cases"
    values = {
        "name": name,
        "package": package,
        "Class": class_name,
        "scheme": scheme,
        "host": name.strip("_").replace("_", "-"),
        "cases": cases,
        "table": cases.replace(".", "/") + ".py",
    }
    _write(into, dict(_in_tree(name) if inside else _alone(name)), values)
    entry = f'{name} = "{package}:{class_name}Adapter"'
    if inside:
        say(f'paste into pyproject.toml, under [project.entry-points."parley.adapters"]: {entry}')
        say(f"then: parley verify-adapter {name}")
    else:
        say(f"then: cd {into / _project(name)} && parley verify-adapter {name}")


def _project(name: str) -> str:
    return f"parley-{name.strip('_').replace('_', '-')}"


def _in_tree(name: str) -> Iterator[tuple[str, str]]:
    """Where each file goes, and from which template."""
    for file in (*CODE, "README.md", "quality.toml"):
        yield f"adapters/{name}/{file}", file
    yield f"tests/adapters/{name}/__init__.py", "tests.py"
    yield f"tests/adapters/{name}/cases.py", "cases.py"
    yield f"tests/adapters/{name}/test_{name}.py", "test.py"


def _alone(name: str) -> Iterator[tuple[str, str]]:
    project = _project(name)
    for file in (*CODE, "cases.py"):
        yield f"{project}/{name}/{file}", file
    for file in ("README.md", "quality.toml", "pyproject.toml"):
        yield f"{project}/{file}", file
    yield f"{project}/tests/test_{name}.py", "test.py"


def _write(into: Path, wanted: dict[str, str], values: dict[str, str]) -> None:
    """All of them, or none when one is there already."""
    there = [place for place in wanted if (into / place).exists()]
    if there:
        give_up(f"{into / there[0]} is there already; nothing was written")
    for place, template in wanted.items():
        text = (TEMPLATES / f"{template}.txt").read_text("utf-8")
        (into / place).parent.mkdir(parents=True, exist_ok=True)
        (into / place).write_text(MARK.sub(lambda mark: values[mark[1]], text), "utf-8")
        put({"written": str(into / place)})
