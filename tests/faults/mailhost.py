"""A mail server as companies run it: Dovecot hands mails out, Postfix takes them in and passes them on.

Both run from a folder of their own with their own configuration, on loopback; nothing of the
machine's own mail is touched. `make faults` installs them from Debian when they are missing.
"""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import pytest

from tests.debian import install
from tests.faults.node import MAIL_PASSWORD, MAIL_USER
from tests.forked import die_with_parent
from tests.ports import HOST, free_port

ADDRESS = "support@shop.example"
GONE = "gone0@example.com"  # whom Postfix refuses
OWNER = "nobody"  # of the mailbox
START_S = 20.0
STOP_S = 10.0
LOOK_S = 0.02

# https://doc.dovecot.org/2.3/configuration_manual/
DOVECOT = """
protocols = imap
listen = {host}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{folder}/Maildir
passdb {{
  driver = static
  args = user={user} password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}
}}
first_valid_uid = 1
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""

# https://www.postfix.org/postconf.5.html
POSTFIX_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.shop.example
mydestination =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
disable_dns_lookups = yes
relayhost = [{host}]:{sink}
virtual_mailbox_domains = shop.example
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:Maildir/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions =
  check_recipient_access inline:{{{{{gone} = 550 5.1.1 there is nobody of that name}}}},
  permit_mynetworks, reject
"""

# service type private unpriv chroot wakeup maxproc command
POSTFIX_MASTER = """
{host}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class MailHost:
    """Both of them, and the mailbox between."""

    def __init__(self, sink_port: int) -> None:
        """Mail for others than ourselves goes on to the sink."""
        self.folder = Path(tempfile.mkdtemp(prefix="parley-mail-"))
        self.folder.chmod(0o755)
        self.imap_port, self.smtp_port = free_port(), free_port()
        self._sink_port = sink_port
        self._number = count(1)
        self._owner = pwd.getpwnam(OWNER)
        self._running: list[asyncio.subprocess.Process] = []
        self._box = self.folder / "Maildir"
        for name in ("", "tmp", "new", "cur"):
            (self._box / name).mkdir()
            os.chown(self._box / name, self._owner.pw_uid, self._owner.pw_gid)

    async def start(self) -> None:
        """Both listen."""
        words = {
            "folder": self.folder, "host": HOST, "user": MAIL_USER, "password": MAIL_PASSWORD,
            "owner": OWNER, "group": self._owner.pw_gid, "gone": GONE, "sink": self._sink_port,
            "uid": self._owner.pw_uid, "gid": self._owner.pw_gid,
        }  # fmt: skip
        conf = self.folder / "conf"
        for folder in (conf, self.folder / "spool", self.folder / "postfix"):
            folder.mkdir()
        shutil.chown(self.folder / "postfix", "postfix")
        self._dovecot_conf = conf / "dovecot.conf"
        self._dovecot_conf.write_text(DOVECOT.format(port=self.imap_port, **words))
        (conf / "main.cf").write_text(POSTFIX_MAIN.format(**words))
        (conf / "master.cf").write_text(POSTFIX_MASTER.format(port=self.smtp_port, **words))
        check = ("postfix", "-c", str(conf), "check")  # which also makes what is missing
        await asyncio.to_thread(subprocess.run, check, check=True, capture_output=True)
        await self._run("dovecot", "-F", "-c", str(self._dovecot_conf))
        await self._run("/usr/lib/postfix/sbin/master", "-d", "-c", str(conf))
        await asyncio.gather(self._answers(self.imap_port), self._answers(self.smtp_port))

    async def _run(self, *command: str) -> None:
        """Until `stop`, or until the test ends, however that ends."""
        with (self.folder / "words").open("ab") as out:
            self._running.append(
                await asyncio.create_subprocess_exec(
                    *command,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                    preexec_fn=die_with_parent,
                )
            )

    async def _answers(self, port: int) -> None:
        deadline = time.monotonic() + START_S
        while True:
            try:
                reader, writer = await asyncio.open_connection(HOST, port)
                assert await reader.readline()
            except OSError:
                assert time.monotonic() < deadline, self.log()
                await asyncio.sleep(LOOK_S)
            else:
                writer.close()
                return

    async def stop(self) -> None:
        """Both end, with all that they started; nothing is left."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        shutil.rmtree(self.folder)

    def log(self) -> str:
        """What they say of themselves."""
        found = [self.folder / name for name in ("words", "dovecot.log", "postfix.log")]
        return "\n".join(each.read_text()[-2_000:] for each in found if each.exists())

    # --- the mailbox -----------------------------------------------------------------------------

    def deliver(self, mail: bytes) -> None:
        """A mail comes in, whole or not at all: https://cr.yp.to/proto/maildir.html"""
        name = f"{next(self._number)}.M1P1.mail"  # the first number is its place in the mailbox
        coming = self._box / "tmp" / name
        coming.write_bytes(mail)
        os.chown(coming, self._owner.pw_uid, self._owner.pw_gid)
        coming.rename(self._box / "new" / name)

    def empty(self) -> None:
        """All mails are gone."""
        for path in (*(self._box / "cur").iterdir(), *(self._box / "new").iterdir()):
            path.unlink()

    def renumber(self, validity: int) -> None:
        """The mailbox has another UIDVALIDITY."""
        options = ["-c", str(self._dovecot_conf), "mailbox", "update", "-u", MAIL_USER]
        command = ["doveadm", *options, "--uid-validity", str(validity), "INBOX"]
        subprocess.run(command, check=True, capture_output=True, timeout=START_S)

    def marked(self) -> list[str]:
        """Mails with a flag, which nobody but a mail program may set. After `:2,` stand the flags."""
        return [path.name for path in (self._box / "cur").iterdir() if path.name[-1] != ","]


def mail_host(sink_port: int) -> MailHost:
    """One; whoever may not have it skips the test."""
    if os.geteuid() != 0:
        pytest.skip("only root can run Dovecot and Postfix")
    programs = ("dovecot", "postfix")
    if not all(map(shutil.which, programs)):
        install("dovecot-imapd", "postfix")
    if not all(map(shutil.which, programs)):
        pytest.skip("there is no Dovecot and no Postfix here, and none to be had")
    version = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True)
    if not version.stdout.startswith("2.3."):
        pytest.skip(f"this configuration is for Dovecot 2.3, not {version.stdout.strip()}")
    return MailHost(sink_port)
