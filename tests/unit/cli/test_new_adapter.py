"""`parley new-adapter`: what it writes works, in the tree and outside of it."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gateway.cli.scaffold import CODE

ROOT = Path(__file__).parents[3]
TABLES = ("cases.py",)  # its tables; the guide promises the rest in about 150 lines


def run(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of Python in a process of its own, as a newcomer runs it in this folder."""
    command = [sys.executable, "-m", *words.split()]
    path = os.pathsep.join([str(folder), str(ROOT)])  # what `pip install` would do
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_package_of_its_own(parley, tmp_path: Path) -> None:
    """Outside our tree it is a project: verified, tested, and found by its entry point."""
    made = parley("new-adapter", "fax_24", "--into", tmp_path)
    assert made.status == 0
    project = tmp_path / "parley-fax-24"
    assert {line["written"] for line in made.lines} == {
        str(file) for file in project.rglob("*") if file.is_file()
    }
    verified = run("gateway verify-adapter fax_24", project)
    assert (verified.returncode, verified.stdout) == (0, ""), verified.stderr
    assert "fax_24: 6 deliveries, 2 messages, 0 problems" in verified.stderr
    tested = run("pytest -q -p no:cacheprovider --import-mode=importlib tests", project)
    assert tested.returncode == 0, tested.stdout
    entries = tomllib.loads((project / "pyproject.toml").read_text())["project"]["entry-points"]
    assert entries == {"parley.adapters": {"fax_24": "fax_24:Fax24Adapter"}}
    lines = sum(len((project / "fax_24" / file).read_text().splitlines()) for file in CODE)
    assert lines <= 180


def test_a_folder_of_the_tree(parley, tmp_path: Path) -> None:
    """In a clone it is one folder of adapters/ and one of tests/, and nothing else is touched."""
    (tmp_path / "adapters" / "_shared").mkdir(parents=True)
    made = parley("new-adapter", "fax", "--into", tmp_path)
    written = {str(Path(line["written"]).relative_to(tmp_path).parent) for line in made.lines}
    assert written == {"adapters/fax", "tests/adapters/fax"}
    assert 'fax = "adapters.fax:FaxAdapter"' in made.words
    files = {file.name for file in (tmp_path / "adapters/fax").iterdir()}
    assert files == {*CODE, "README.md", "quality.toml"}


def test_a_folder_of_the_tree_is_verified_by_its_name(parley, tmp_path: Path) -> None:
    """In the root of the clone; where a clone has no tables of it, it says which file to write, and
    outside of one where to go."""
    for package in ("adapters", "tests", "tests/adapters"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "adapters" / "_shared").symlink_to(ROOT / "adapters" / "_shared")
    parley("new-adapter", "fax", "--into", tmp_path)
    verified = run("gateway verify-adapter fax", tmp_path)
    assert "fax: 6 deliveries, 2 messages, 0 problems" in verified.stderr
    cases = tmp_path / "tests/adapters/fax/cases.py"
    cases.write_text("import nothing_of_the_kind")
    lacking = run("gateway verify-adapter fax", tmp_path)
    assert "the tables of fax need nothing_of_the_kind, which is not installed" in lacking.stderr
    cases.unlink()
    missing = run("gateway verify-adapter adapters/fax", tmp_path)
    assert missing.returncode == 2
    assert "write tests/adapters/fax/cases.py with build, INBOUND, OUTBOUND" in missing.stderr
    elsewhere = run("gateway verify-adapter email", tmp_path)
    assert elsewhere.returncode == 2
    assert "there are no tables of email here; run this in a clone of Parley" in elsewhere.stderr


@pytest.mark.parametrize("name", ["webchat", "twilio_sms"])
def test_our_own_are_verified_by_their_names(name: str) -> None:
    """In our own clone."""
    verified = run(f"gateway verify-adapter {name}", ROOT)
    assert (verified.returncode, verified.stdout) == (0, ""), verified.stderr
    assert re.search(
        rf"^{name}: \d+ deliveries, \d+ messages, 0 problems$", verified.stderr, re.MULTILINE
    )


def test_findings_end_with_1(parley, tmp_path: Path) -> None:
    """An adapter that forgets to verify is told so, a JSON line for each problem."""
    parley("new-adapter", "fax", "--into", tmp_path)
    adapter = tmp_path / "parley-fax/fax/adapter.py"
    text = adapter.read_text()
    assert "if not same(" in text
    adapter.write_text(text.replace("if not same(", "if None and not same("))
    verified = run("gateway verify-adapter fax", adapter.parents[1])
    assert verified.returncode == 1
    assert '{"problem":"forged: a forged delivery was not refused' in verified.stdout


OPEN_ON_AN_EMPTY_SECRET = {
    "it signs with nothing": (
        "adapter.py",
        'secret_bytes(self._settings.token, "token")',
        "self._settings.token.get_secret_value().encode()",
        "signed with an empty secret: an empty secret opens the channel",
    ),
    "nobody tries it": (
        "cases.py",
        "def without_secret(",
        "def untried(",
        "there is no without_secret",
    ),
}


@pytest.mark.parametrize(
    ("file", "was", "now", "words"),
    OPEN_ON_AN_EMPTY_SECRET.values(),
    ids=OPEN_ON_AN_EMPTY_SECRET,
)
def test_an_empty_secret_gets_no_licence(
    parley, tmp_path: Path, file: str, was: str, now: str, words: str
) -> None:
    """An adapter that takes what is signed with nothing is found, and one that nobody has tried."""
    parley("new-adapter", "fax", "--into", tmp_path)
    changed = tmp_path / "parley-fax/fax" / file
    text = changed.read_text()
    assert was in text
    changed.write_text(text.replace(was, now))
    verified = run("gateway verify-adapter fax", tmp_path / "parley-fax")
    assert verified.returncode == 1
    assert f'{{"problem":"{words}' in verified.stdout


def test_the_help_names_what_cases_have(parley) -> None:
    """Whoever writes the tables of an adapter reads what the kit looks for in them."""
    told = " ".join(parley("verify-adapter", "--help").text.split())
    assert "without_secret" in told
    assert "SIGNED = False" in told


def test_nothing_is_overwritten(parley, tmp_path: Path) -> None:
    """A file that is there stays as it is, and nothing is written beside it."""
    assert parley("new-adapter", "fax", "--into", tmp_path).status == 0
    settings = tmp_path / "parley-fax/fax/settings.py"
    settings.write_text("mine")
    (tmp_path / "parley-fax/README.md").unlink()
    again = parley("new-adapter", "fax", "--into", tmp_path)
    assert (again.status, settings.read_text()) == (2, "mine")
    assert not (tmp_path / "parley-fax/README.md").exists()


@pytest.mark.parametrize("name", ["Fax", "fax-24", "../fax", "class", "telegram", ""])
def test_names(parley, tmp_path: Path, name: str) -> None:
    """A name is one of a Python module, and no other adapter's."""
    assert parley("new-adapter", name, "--into", tmp_path).status == 2
    assert list(tmp_path.iterdir()) == []


MODULES = {
    "of the standard library": "json",
    "of the standard library, elsewhere": "winreg",
    "installed": "aiohttp",
    "ours": "routing",
}


@pytest.mark.parametrize("name", MODULES.values(), ids=MODULES)
def test_a_package_hides_no_module(parley, tmp_path: Path, name: str) -> None:
    """Beside a module of the same name one of the two would not be found; the words say so."""
    made = parley("new-adapter", name, "--into", tmp_path)
    assert made.status == 2
    assert f"{name!r} is the name of a Python module" in made.words
    assert f"choose another name, such as {name}_channel" in made.words
    assert list(tmp_path.iterdir()) == []


def test_in_the_tree_it_hides_nothing(parley, tmp_path: Path) -> None:
    """There it is adapters.signal, beside which the standard library's signal is found as ever."""
    (tmp_path / "adapters" / "_shared").mkdir(parents=True)
    assert parley("new-adapter", "signal", "--into", tmp_path).status == 0
    assert parley("new-adapter", "telegram", "--into", tmp_path).status == 2
