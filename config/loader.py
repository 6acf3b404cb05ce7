"""Loads a directory of YAML files: settings of the node, rulebook of the desk, every fault."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pydantic import BaseModel, SecretStr

from config.checks import account_problems, hardly_meant, never_booked, rulebook_problems
from config.drafts import draft_problems
from config.faults import Fault, Mark, Problem, dotted, in_order
from config.fill import fill
from config.knowledge import endpoint_problems
from config.rulebook import Rulebook
from config.secret_files import secret_in
from config.serving import serving_problems
from config.settings import MASTER_KEY_LENGTH, Account, Security, Settings
from config.shape import mended, shaped
from config.signin import sign_in_problems
from config.source import Document, read
from config.webhooks import webhook_problems
from config.wording import nearest
from gateway.contract import AccountSettings

Check = Callable[[Settings, Rulebook], Iterable[Problem]]
"""A further look at the whole, by a room that this one may not import."""

MASTER_KEY = "PARLEY_MASTER_KEY"
MASTER_KEY_FILE = "PARLEY_MASTER_KEY_FILE"
CORE_ONLY = ("reply_key",)  # of an account's settings: made by the core, never written
SETTINGS = ("host", "store", "redis", "channels", "webhooks", "security")
RULEBOOK = tuple(Rulebook.model_fields)
WORDS = "words"
KNOWLEDGE = "knowledge"
SUFFIXES = (".yaml", ".yml")

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_OTHERS = 0o007  # file mode: anybody at all


class Loaded(NamedTuple):
    """What a directory says. Settings and rulebook are to be used only when there is no fault."""

    settings: Settings
    rulebook: Rulebook
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]  # what is sound, and hardly meant
    directory: FilePath

    @property
    def words(self) -> FilePath:
        """Where the desk's own templates lie."""
        return self.directory / WORDS

    @property
    def knowledge(self) -> FilePath:
        """Where the desk's articles lie."""
        return self.directory / KNOWLEDGE


def load(
    directory: FilePath,
    account_types: Mapping[str, type[BaseModel]],
    env: Mapping[str, str],
    checks: Iterable[Check] = (),
) -> Loaded:
    """Read `*.yaml` of a directory. `account_types`: adapter name -> type of its settings."""
    texts, faults = _texts(directory)
    document = read(texts)
    document.faults += faults
    document.whole = document.whole and not faults
    document.marks[()] = Mark(str(directory), 0)
    fill(document, env)
    _unknown_keys(document, (*SETTINGS, *RULEBOOK))
    settings = _settings(document, account_types, env, directory)
    rulebook = _rulebook(document, directory)
    if not texts and not faults:
        document.faults.append(_whole(directory, "has no YAML file", "write one, with channels"))
    if document.whole and texts and not document.data.get("channels"):
        document.faults.append(_whole(directory, "channels is missing", "name an account"))
    for look in (_own_checks, _serving, *checks):
        _note(document, look(settings, rulebook))
    told = tuple(in_order(document.faults))
    return Loaded(settings, rulebook, told, _warnings(document, settings, rulebook), directory)


def _warnings(document: Document, settings: Settings, rulebook: Rulebook) -> tuple[Fault, ...]:
    return tuple(
        Fault(*document.mark(path), dotted(path), what, what_to_do)
        for path, what, what_to_do, _ in (
            *hardly_meant(settings.channels),
            *never_booked(rulebook),
        )
    )


def load_rulebook(
    texts: Mapping[str, bytes], checks: Iterable[Callable[[Rulebook], Iterable[Problem]]] = ()
) -> tuple[Rulebook, tuple[Fault, ...]]:
    """A rulebook by itself, from YAML texts by name: what the console sends to be planned."""
    document = read(texts)
    _unknown_keys(document, RULEBOOK)
    rulebook = _rulebook(document, FilePath())
    for look in (rulebook_problems, serving_problems, *checks):
        _note(document, look(rulebook))
    return rulebook, tuple(in_order(document.faults))


def _own_checks(settings: Settings, rulebook: Rulebook) -> Iterable[Problem]:
    yield from rulebook_problems(rulebook)
    yield from account_problems(rulebook, settings.channels)
    security = settings.security
    yield from webhook_problems(settings.webhooks, security.allow_networks)
    yield from draft_problems(security.drafts, security.allow_networks)
    yield from endpoint_problems(rulebook.knowledge, security.drafts)
    yield from sign_in_problems(
        security.oidc, security.allow_networks, local=security.local_sign_in
    )


def _serving(settings: Settings, rulebook: Rulebook) -> Iterable[Problem]:  # noqa: ARG001
    return serving_problems(rulebook)


def _texts(directory: FilePath) -> tuple[dict[str, bytes], list[Fault]]:
    """The files by the name that people see, and what cannot be read."""
    texts: dict[str, bytes] = {}
    faults = []
    try:
        files = sorted(f for f in directory.iterdir() if f.suffix in SUFFIXES)
    except OSError as error:
        what = f"the directory cannot be read: {error.strerror}"
        return {}, [_whole(directory, what, "name a directory with YAML files")]
    for file in files:
        if file.name.startswith("."):
            continue
        try:
            texts[str(file)] = file.read_bytes()
        except OSError as error:
            faults.append(_whole(file, f"cannot be read: {error.strerror}", "make it readable"))
    return texts, faults


def _whole(file: FilePath, what: str, what_to_do: str) -> Fault:
    return Fault(str(file), 0, "", what, what_to_do)


def _note(document: Document, problems: Iterable[Problem]) -> None:
    """Note what one look at the whole has found, and what does not follow from other faults."""
    for problem in [each for each in problems if _stands(document, each)]:
        document.remark(document.original(problem.path), problem.what, problem.what_to_do)


def _stands(document: Document, problem: Problem) -> bool:
    rests = (problem.path,) if problem.rests is None else problem.rests
    return not document.broken(document.original(problem.path)) and not any(
        document.doubtful(document.original(rest)) for rest in rests
    )


def _unknown_keys(document: Document, known: tuple[str, ...]) -> None:
    """A misspelt key is told, and read as what it probably means."""
    for key in [key for key in document.data if key not in known]:
        near = nearest(key, known)
        cure = f"did you mean {near}?" if near else f"known: {', '.join(known)}"
        document.fault((key,), "is an unknown key", cure)
        if near and near not in document.data:
            document.data[near] = document.data.pop(key)
            document.distrust((near,))


def _written(document: Document, keys: Iterable[str]) -> dict[str, Any]:
    return {key: document.data[key] for key in keys if key in document.data}


def _rulebook(document: Document, folder: FilePath) -> Rulebook:
    return mended(Rulebook, _written(document, RULEBOOK), document, folder)


# --- settings ----------------------------------------------------------------------------------


def _settings(
    document: Document,
    account_types: Mapping[str, type[BaseModel]],
    env: Mapping[str, str],
    folder: FilePath,
) -> Settings:
    keys = [key for key in SETTINGS if key != "channels"]
    settings = mended(Settings, _written(document, keys), document, folder)
    channels = document.data.get("channels") or {}
    if not isinstance(channels, dict):
        document.fault(("channels",), "should be a mapping", "write ACCOUNT: {adapter: NAME}")
        channels = {}
    accounts = {}
    for name, written in channels.items():
        account = _account(document, name, written, account_types, folder)
        if account is not None:
            base = account.public_url.rstrip("/") or settings.public_url
            own = account.model_copy(update={"public_url": base})
            accounts[name] = Account(adapter=written["adapter"], settings=own)
    security = _with_master_key(document, settings.security, env, folder)
    return settings.model_copy(update={"channels": accounts, "security": security})


def _account(
    document: Document,
    name: str,
    written: Any,
    account_types: Mapping[str, type[BaseModel]],
    folder: FilePath,
) -> AccountSettings | None:
    path = ("channels", name)
    if not _ACCOUNT.fullmatch(name):
        document.fault(path, "is no name for an account", "use letters, digits, and . _ - inside")
    if not isinstance(written, dict) or not isinstance(written.get("adapter"), str):
        document.fault((*path, "adapter"), "is missing", f"write one of {_names(account_types)}")
        return None
    adapter = written["adapter"]
    if adapter not in account_types:
        near = nearest(adapter, tuple(account_types))
        cure = f"did you mean {near}?" if near else f"installed are {_names(account_types)}"
        document.fault((*path, "adapter"), f"there is no adapter {adapter!r}", cure)
        return None
    rest = {key: value for key, value in written.items() if key != "adapter"}
    for key in CORE_ONLY:
        if rest.pop(key, None) is not None:
            document.fault((*path, key), "is made by Parley itself", "remove it")
    found = shaped(account_types[adapter], rest, document, path, folder)
    assert found is None or isinstance(found, AccountSettings)
    return found


def _names(account_types: Mapping[str, Any]) -> str:
    return ", ".join(sorted(account_types)) or "none"


def _with_master_key(
    document: Document, security: Security, env: Mapping[str, str], folder: FilePath
) -> Security:
    """The master key from where it is kept: the settings, a file, or the environment."""
    path = ("security", "master_key")
    written = security.master_key.get_secret_value()
    file = security.master_key_file
    if written and file:
        document.fault(path, "stands beside master_key_file", "keep one of the two")
    if not written and not file:
        written = env.get(MASTER_KEY, "")
        file = FilePath(env[MASTER_KEY_FILE]) if not written and env.get(MASTER_KEY_FILE) else None
    if file and not written:
        path = ("security", "master_key_file")
        written = secret_in(folder / file, lambda what, cure: document.fault(path, what, cure))
        if written and (folder / file).stat().st_mode & _OTHERS:
            document.fault(path, f"the file {file} can be read by others", "chmod 600 it")
    if written and len(written) < MASTER_KEY_LENGTH:
        cure = f"use {MASTER_KEY_LENGTH} characters or more, as `openssl rand -hex 32` makes"
        document.fault(path, "the master key is too short", cure)
    return security.model_copy(update={"master_key": SecretStr(written)})
