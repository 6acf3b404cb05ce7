"""Programs of Debian's packages, for tests that want the real ones."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSTALL_TIMEOUT_S = 600

# Packages ask nothing, and what they install is not started: RUNLEVEL=1 is a machine at rest.
QUIETLY = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}


def install(*packages: str) -> None:
    """Install them if this is Debian and we are root; whoever asks looks what came of it."""
    release = Path("/etc/os-release")
    debian = release.exists() and "ID=debian" in release.read_text("utf-8").splitlines()
    if not debian or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    for step in (("update",), ("install", "--yes", "--no-install-recommends", *packages)):
        subprocess.run(
            ["apt-get", "-qq", *step],
            env=os.environ | QUIETLY,
            stdout=sys.stderr,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
