"""What the demo adds to a node: environment, people, first conversations."""

import asyncio
import stat
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from config import DEFAULT, load
from gateway.domain.clock import SystemClock
from gateway.registry import Registry
from gateway.sandbox import keys
from gateway.sandbox.demo import NUMBER, Sandbox
from gateway.sandbox.seed import CHATS, MAILS, TEXTS

from .conftest import Node


async def test_the_default_configuration_is_whole_with_the_sandbox(sandbox: Sandbox) -> None:
    """config/default has no fault, points at the stand-ins, and knows the agents who sign in."""
    registry = Registry.load()
    types = {name: registry.get(name).settings_type for name in registry.names()}
    env = sandbox.environment()
    loaded = load(DEFAULT, types, env)
    assert not loaded.faults
    settings = loaded.settings.channels
    assert settings["mail"].settings.imap.port == sandbox.mail.imap_port
    assert settings["mail"].settings.smtp.port == sandbox.mail.smtp_port
    assert settings["mail"].settings.address == sandbox.mail.address
    assert settings["mail"].settings.imap.password.get_secret_value() == sandbox.mail.password
    assert settings["sms"].settings.api_url == env["DEMO_SMS_API"]
    assert settings["sms"].settings.numbers == (NUMBER,)
    users = {user.login for user in sandbox.users() if user.role != "admin"}
    assert users == set(loaded.rulebook.agents)
    names = {login: agent.name for login, agent in loaded.rulebook.agents.items()}
    assert {u.login: u.name for u in sandbox.users() if u.login in names} == names
    said = loaded.rulebook.templates.automatic
    assert not {name: rule.template for name, rule in said.items() if rule.template}


def _everything_in(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.iterdir())


async def test_two_sandboxes_share_no_secret(tmp_path: Path, node: Node) -> None:
    """Tokens and mail passwords are new with every run; they stand in no file."""

    async def secrets() -> set[str]:
        sandbox = Sandbox(data=tmp_path, public_url=node.url, clock=SystemClock())
        await sandbox.start()
        env = sandbox.environment()
        await sandbox.stop()
        return {env[name] for name in ("DEMO_MAIL_PASSWORD", "DEMO_SMS_SID", "DEMO_SMS_TOKEN")}

    first, second = await secrets(), await secrets()
    assert not first & second
    assert not [secret for secret in first | second if secret in _everything_in(tmp_path)]


def test_passwords_are_kept_and_private(tmp_path: Path) -> None:
    """The same at the next start, for the owner's eyes only; a new log-in gets its own."""
    data = tmp_path / "new"
    first = keys.passwords(data, ["lin", "admin"])
    assert len(set(first.values())) == 2
    assert all(len(password) >= 16 for password in first.values())
    later = keys.passwords(data, ["admin", "lin", "emma"])
    assert {login: later[login] for login in first} == first
    assert keys.passwords(data, ["lin"]) == {"lin": first["lin"]}
    assert keys.passwords(data, ["emma"]) == {"emma": later["emma"]}
    assert {stat.S_IMODE(file.stat().st_mode) for file in data.iterdir()} == {0o600}
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


async def test_first_conversations_come_through_the_real_doors(
    sandbox: Sandbox, node: Node
) -> None:
    """Chats over the visitors' socket, texts as signed webhooks, mails by SMTP."""
    assert await sandbox.seed(node.url, pause_s=0.01) == len(CHATS) + len(TEXTS) + len(MAILS)
    said = [
        [frame["text"] for frame in frames if frame.get("type") == "message"]
        for frames in node.frames
    ]
    assert sorted(said) == sorted(list(chat.lines) for chat in CHATS)
    assert {frames[0]["origin"] for frames in node.frames} == {node.url}
    assert {frames[1]["locale"] for frames in node.frames} == {"zh-CN", "en"}
    texts = [hook["Body"] for hook in node.webhooks]
    assert sorted(texts) == sorted(line for _, lines in TEXTS for line in lines)
    validator = RequestValidator(sandbox.environment()["DEMO_SMS_TOKEN"])
    for hook, signature in zip(node.webhooks, node.signatures, strict=True):
        assert validator.validate(f"{node.url}/in/sms", hook, signature)
    threads = [t for mail in MAILS for t in sandbox.play.threads(mail.person.address)]
    assert [(t.subject, t.mails[0].state) for t in threads] == [(m.subject, "sent") for m in MAILS]
    (photo,) = threads[0].mails[0].files
    assert photo.media_type == "image/jpeg"
    assert 5_000 < photo.size_bytes < 100_000


async def test_a_door_that_is_shut_spoils_only_its_own(
    sandbox: Sandbox, node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be played is logged and left out."""
    node.status = 403
    assert await sandbox.seed(node.url, pause_s=0.01) == len(CHATS) + len(MAILS)
    assert caplog.text.count("a first conversation could not be played") == len(TEXTS)


async def test_seeding_can_be_broken_off(sandbox: Sandbox, node: Node) -> None:
    """A node that stops at once does not wait for the first conversations."""
    task = asyncio.create_task(sandbox.seed(node.url, pause_s=0.01))
    await sandbox.play.bell.wait(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_stopping_is_safe_at_any_time(tmp_path: Path, node: Node, patience: None) -> None:
    """Before the start, twice, and with a text on its way; no task stays."""
    before = asyncio.all_tasks()
    sandbox = Sandbox(data=tmp_path, public_url=node.url, clock=SystemClock())
    await sandbox.stop()
    await sandbox.start()
    await sandbox.play.write("li@example.com", text="x")
    await sandbox.stop()
    await sandbox.stop()
    while left := {task for task in asyncio.all_tasks() - before if not task.done()}:
        await asyncio.wait(left)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", sandbox.mail.imap_port)
