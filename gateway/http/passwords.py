"""Passwords: argon2id away from the event loop, two at a time, and never a hint who exists."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from gateway.http.errors import Problem

T = TypeVar("T")

# OWASP's minimum for argon2id: 47 ms here, where the library's default takes 388.
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
AT_ONCE = 2
WAITING = 64  # sign-ins that may wait for their turn

MIN_LENGTH = 12
MAX_BYTES = 1_024
MIN_SCORE = 3  # zxcvbn: safely unguessable online
SCORED_CHARACTERS = 72  # zxcvbn is slow beyond; what is longer is strong by its beginning


class Passwords:
    """Hashes and checks passwords. `close` when done."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobody = ""  # hash of no password: verified for users that do not exist

    async def hash(self, password: str) -> str:
        """The hash of a good password. Raises Problem for a weak one."""
        return await self._run(partial(self._checked_hash, password))

    async def verify(self, hashed: str, password: str) -> bool:
        """Whether it is the password. "" as the hash takes as long and is never right."""
        if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            password, hashed = "", ""
        return await self._run(partial(self._verify, hashed, password))

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: "partial[T]") -> T:
        if self._waiting >= WAITING:
            raise Problem("overloaded", headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _checked_hash(self, password: str) -> str:
        check_strength(password)
        return self._hasher.hash(password)

    def _verify(self, hashed: str, password: str) -> bool:
        if not self._nobody:
            self._nobody = self._hasher.hash("nobody has this password")
        try:
            self._hasher.verify(hashed or self._nobody, password)
        except (Argon2Error, InvalidHashError):
            return False
        return bool(hashed)


def check_strength(password: str) -> None:
    """Raise Problem when a password is too short, too long or would be guessed."""
    if len(password) < MIN_LENGTH:
        raise Problem("weak_password", f"It has {len(password)} characters; take {MIN_LENGTH}.")
    if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Problem("weak_password", f"It is longer than {MAX_BYTES} bytes.")
    from zxcvbn import zxcvbn  # its word lists take 12 MB, and hardly any node needs them

    found = zxcvbn(password[:SCORED_CHARACTERS])
    if found["score"] < MIN_SCORE:
        raise Problem("weak_password", found["feedback"]["warning"] or "")
