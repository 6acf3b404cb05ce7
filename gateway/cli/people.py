"""`parley user` and `parley token`: people who sign in, programs' keys."""

from typing import Annotated, Any

import typer

from gateway.cli.console import Status, give_up, put, say
from gateway.cli.desk import DatabaseOption, DataOption, Desk, StoreConfigOption, existing, made, me
from gateway.cli.lazy import make_app
from gateway.domain.access import Role
from gateway.domain.clock import DAY_MS
from gateway.http import secrets
from gateway.http.api.users import token_view, user_view
from gateway.http.limits import networks_in
from gateway.http.policy import OF_ACCOUNTS, ROLES, Permission
from gateway.store.queries import http_people
from gateway.verbs.access import (
    INVITE_MS,
    NO_PROVIDER,
    NO_TOTP,
    AddUser,
    EditUser,
)
from gateway.verbs.tokens import MakeToken, RevokeToken

HOURS = INVITE_MS // 3_600_000

users = make_app()
tokens = make_app()

LoginArgument = Annotated[
    str, typer.Argument(metavar="LOGIN", help="What the person types to sign in.")
]


def _role(text: str) -> Role:
    if text not in set(Role):
        raise typer.BadParameter(f"{text!r} is no role; choose of {', '.join(Role)}.")
    return Role(text)


@users.command("add")
def add_user(
    login: LoginArgument,
    role: Annotated[
        Role,
        typer.Option(
            parser=_role, metavar="ROLE", help="agent, supervisor, ops, admin or auditor."
        ),
    ],
    name: Annotated[
        str, typer.Option(help="As customers see it; else as the rulebook calls the agent.")
    ] = "",
    locale: Annotated[str, typer.Option(help="Of the console, for instance zh-CN.")] = "en",
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Add a person; prints the one-time link by which they set their password."""
    desk, secret = made(config, data, database), secrets.random_text()
    desk.submit(
        AddUser(
            desk=desk.id,
            login=login,
            name=name or _known_as(desk, login),
            role=role,
            locale=locale,
            by=me(),
            invite_hash=secrets.hashed(secret),
        )
    )
    _put_invite(desk, login, role, secret)


def _known_as(desk: Desk, login: str) -> str:
    agent = desk.rulebook().agents.get(login)
    return agent.name if agent is not None else ""


@users.command("invite")
def invite_user(
    login: LoginArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make a new one-time link for somebody who forgot their password."""
    desk, secret = existing(config, data, database), secrets.random_text()
    user = desk.submit(
        EditUser(desk=desk.id, login=login, by=me(), invite_hash=secrets.hashed(secret))
    )
    _put_invite(desk, login, user["role"], secret)


def _put_invite(desk: Desk, login: str, role: str, secret: str) -> None:
    say(f"parley: the link is good once, for {HOURS} hours")
    url = f"{desk.settings.public_url}/invite#{secret}"
    put({"login": login, "role": role, "invite_url": url})


@users.command("list")
def list_users(
    config: StoreConfigOption = None, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Who may sign in, a line each."""
    desk = existing(config, data, database)
    for user in desk.read(http_people.users, desk.id):
        put(user_view(user))


@users.command("revoke")
def revoke_user(
    login: LoginArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Let a person in no more; they are signed out everywhere."""
    desk = existing(config, data, database)
    desk.submit(EditUser(desk=desk.id, login=login, by=me(), disabled=True))
    put({"login": login, "disabled": True})


@users.command("drop-totp")
def drop_totp(
    login: LoginArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Take the second factor from somebody whose device is lost; they are signed out everywhere."""
    desk = existing(config, data, database)
    user = desk.submit(EditUser(desk=desk.id, login=login, by=me(), **NO_TOTP))
    put({"login": login, "has_totp": bool(user["totp_secret"])})


@users.command("drop-provider")
def drop_provider(
    login: LoginArgument,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Part somebody from their account at the sign-in provider; they are signed out everywhere."""
    desk = existing(config, data, database)
    user = desk.submit(EditUser(desk=desk.id, login=login, by=me(), **NO_PROVIDER))
    put({"login": login, "has_provider": bool(user["subject"])})


@tokens.command("add")
def add_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the program is called.")],
    *,
    user: Annotated[str, typer.Option(metavar="LOGIN", help="In whose name it acts.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="A permission, as often as there are; all of the user's if none."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How long it is good.")] = 90,
    network: Annotated[
        list[str] | None,
        typer.Option(help="It may be used from, as 10.0.0.0/8; from anywhere if none."),
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="It sees and answers what ran over this alone; of all accounts if none."),
    ] = None,
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make a token for a program; it is shown once, here."""
    desk, made_now = existing(config, data, database), secrets.make_token()
    command = MakeToken(
        id=made_now.id,
        desk=desk.id,
        hash=made_now.hash,
        name=name,
        scopes=_scopes(desk, user, scope or [], OF_ACCOUNTS if account else frozenset(Permission)),
        login=user,
        by=me(),
        networks=_networks(network or []),
        accounts=_accounts(desk, account or []),
        expires_in_ms=days * DAY_MS,
    )
    token = desk.submit(command)
    put({"id": token["id"], "name": name, "scopes": command.scopes, "token": made_now.text})


def _networks(asked: list[str]) -> tuple[str, ...]:
    try:
        return tuple(map(str, networks_in(asked)))
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write it as 192.0.2.7 or 10.0.0.0/8") from error


def _accounts(desk: Desk, asked: list[str]) -> tuple[str, ...]:
    known = desk.settings.channels  # none, where no configuration is named
    unknown = sorted(set(asked) - known.keys()) if known else []
    if unknown:
        give_up(f"there is no account {unknown[0]}; there are: {', '.join(sorted(known))}")
    return tuple(asked)


def _scopes(
    desk: Desk, login: str, asked: list[str], most: frozenset[Permission]
) -> tuple[str, ...]:
    """What a token of this user may do; nothing that the user may not, and of that at the most."""
    found = desk.read(http_people.user_of, desk.id, login)
    if found is None:
        give_up(f"there is no user {login!r}; see `parley user list`", Status.FOUND)
    theirs = {str(permission) for permission in ROLES[found.role]}
    unknown = sorted(set(asked) - {str(permission) for permission in Permission})
    if unknown:
        give_up(f"there is no permission {unknown[0]}; there are: {', '.join(sorted(Permission))}")
    beyond = sorted(set(asked) - theirs)
    if beyond:
        give_up(f"{login} is {found.role} and may not {', '.join(beyond)}", Status.FOUND)
    wider = sorted(set(asked) - most)
    if wider:
        give_up(f"a token that is bound to accounts cannot have {', '.join(wider)}", Status.FOUND)
    return tuple(sorted(asked or theirs & most))


@tokens.command("list")
def list_tokens(
    config: StoreConfigOption = None, data: DataOption = None, database: DatabaseOption = None
) -> None:
    """Programs' tokens without their secrets, a line each."""
    desk = existing(config, data, database)
    for token in desk.read(http_people.tokens, desk.id):
        put(token_view(token))


@tokens.command("revoke")
def revoke_token(
    token: Annotated[str, typer.Argument(metavar="ID", help="As `list` tells it.")],
    config: StoreConfigOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Refuse a token from now on."""
    desk = existing(config, data, database)
    found: dict[str, Any] = desk.submit(RevokeToken(desk=desk.id, id=token, by=me()))
    put({"id": found["id"], "revoked": True})
