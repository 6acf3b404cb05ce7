"""Users and tokens: who may sign in, and which programs may come in their name."""

from typing import Annotated

import msgspec

from gateway.domain.access import ApiToken, Role, User
from gateway.domain.clock import DAY_MS, rfc3339
from gateway.http import secrets
from gateway.http.api.paging import PageQuery, cursor_of, instant_cursor, paged
from gateway.http.errors import Problem
from gateway.http.limits import networks_in
from gateway.http.policy import OF_ACCOUNTS, Permission
from gateway.http.routes import Call, Routes
from gateway.http.writes import submit
from gateway.store.queries import http_people
from gateway.stream.basis import At, Shape, maybe_at
from gateway.verbs.access import NO_PROVIDER, NO_TOTP, AddUser, EditUser
from gateway.verbs.tokens import MakeToken, RevokeToken

routes = Routes("Users and tokens")

Login = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Short = Annotated[str, msgspec.Meta(max_length=200)]
MAX_DAYS = 3_650
MAX_NETWORKS, MAX_ACCOUNTS = 50, 50
Network = Annotated[str, msgspec.Meta(max_length=43)]  # 192.0.2.7 or 10.0.0.0/8, IPv6 too


class UserView(Shape, frozen=True, kw_only=True):
    """A person who may sign in."""

    login: str
    name: str
    role: str
    locale: str
    disabled: bool
    has_password: bool
    has_totp: bool
    has_provider: bool
    invite_expires_at: At | None
    created_at: At


class UserList(Shape, frozen=True, kw_only=True):
    """A page of them."""

    items: tuple[UserView, ...]
    next: str | None


class Invited(Shape, frozen=True, kw_only=True):
    """A user, and the one-time link by which they set their password: shown once."""

    user: UserView
    invite_url: str | None


class NewUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to invite."""

    login: Login
    role: Role
    name: Short = ""
    locale: Annotated[str, msgspec.Meta(max_length=35)] = ""


class UserEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change. `invite` makes a new one-time link.

    `drop_totp` takes the second factor away from somebody whose device is lost, `drop_provider` the
    link to the account by which a provider knows them.
    """

    name: Short | None = None
    role: Role | None = None
    locale: Annotated[str, msgspec.Meta(max_length=35)] | None = None
    disabled: bool | None = None
    invite: bool = False
    drop_totp: bool = False
    drop_provider: bool = False


class TokenView(Shape, frozen=True, kw_only=True):
    """A program's token, without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    accounts: tuple[str, ...]
    login: str
    created_at: At
    expires_at: At
    used_at: At | None
    revoked_at: At | None


class TokenList(Shape, frozen=True, kw_only=True):
    """A page of them."""

    items: tuple[TokenView, ...]
    next: str | None


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a program may do, for how long, from which networks and for which accounts.

    Without networks it may come from anywhere. With accounts it sees and answers only conversations
    that ran over these and no other.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=200)]
    scopes: Annotated[tuple[Permission, ...], msgspec.Meta(min_length=1)]
    expires_days: Annotated[int, msgspec.Meta(ge=1, le=MAX_DAYS)] | None = None
    networks: Annotated[tuple[Network, ...], msgspec.Meta(max_length=MAX_NETWORKS)] = ()
    accounts: Annotated[tuple[Short, ...], msgspec.Meta(max_length=MAX_ACCOUNTS)] = ()


class Minted(Shape, frozen=True, kw_only=True):
    """A token with its secret: shown once, here."""

    token: TokenView
    secret: str | None


def user_view(user: User) -> UserView:
    """A user as administrators see them."""
    return UserView(
        login=user.login,
        name=user.name,
        role=user.role,
        locale=user.locale,
        disabled=user.disabled,
        has_password=bool(user.password_hash),
        has_totp=bool(user.totp_secret),
        has_provider=bool(user.subject),
        invite_expires_at=maybe_at(user.invite_expires_at),
        created_at=rfc3339(user.created_at),
    )


def token_view(token: ApiToken) -> TokenView:
    """A token as administrators see it."""
    return TokenView(
        id=token.id,
        name=token.name,
        scopes=tuple(msgspec.json.decode(token.scopes, type=list[str])),
        networks=tuple(msgspec.json.decode(token.networks, type=list[str])),
        accounts=tuple(msgspec.json.decode(token.accounts, type=list[str])),
        login=token.login,
        created_at=rfc3339(token.created_at),
        expires_at=rfc3339(token.expires_at),
        used_at=maybe_at(token.used_at),
        revoked_at=maybe_at(token.revoked_at),
    )


@routes.get("/api/v1/users", allow=Permission.USER_MANAGE, query=PageQuery, answer=UserList)
async def list_users(call: Call) -> UserList:
    """Who may sign in, by login."""
    asked: PageQuery = call.query
    found = await call.house.store.read(http_people.users, call.desk, asked.cursor, asked.limit + 1)
    shown, following = paged(found, asked.limit, lambda user: user.login)
    return UserList(items=tuple(map(user_view, shown)), next=following)


@routes.post(
    "/api/v1/users",
    allow=Permission.USER_MANAGE,
    body=NewUser,
    answer=Invited,
    status=201,
    recent=True,
)
async def add_user(call: Call) -> Invited:
    """Invite somebody; the answer has the link by which they set their password."""
    asked, secret = call.body, secrets.random_text()
    known = call.house.dispatch.rulebook.agents.get(asked.login)
    command = AddUser(
        desk=call.desk,
        login=asked.login,
        name=asked.name.strip() or (known.name if known is not None else ""),
        role=asked.role,
        locale=asked.locale or call.house.dispatch.rulebook.desk.locale,
        by=call.actor.name,
        invite_hash=secrets.hashed(secret),
    )
    user = await submit(call, command, User)
    return _invited(call, user, secret)


def _invited(call: Call, user: User, secret: str) -> Invited:
    mine = user.invite_hash == secrets.hashed(secret)  # not so when the answer is a replayed one
    url = f"{call.house.settings.public_url}/invite#{secret}" if mine else None
    return Invited(user=user_view(user), invite_url=url)


@routes.patch(
    "/api/v1/users/{login}",
    allow=Permission.USER_MANAGE,
    body=UserEdit,
    answer=Invited,
    recent=True,
)
async def edit_user(call: Call) -> Invited:
    """Change a user. Another role, disabling or dropping a proof of theirs signs them out."""
    asked, login, secret = call.body, call.param("login"), secrets.random_text()
    if login == call.actor.login and (asked.disabled or asked.role is not None):
        raise Problem(
            "own_account",
            "This is your own account.",
            status=409,
            what_to_do="Ask another administrator, so that one is always left.",
        )
    command = EditUser(
        desk=call.desk,
        login=login,
        by=call.actor.name,
        name=asked.name.strip() if asked.name is not None else None,
        role=asked.role,
        locale=asked.locale,
        disabled=asked.disabled,
        **(NO_TOTP if asked.drop_totp else {}),
        **(NO_PROVIDER if asked.drop_provider else {}),
        invite_hash=secrets.hashed(secret) if asked.invite else None,
    )
    user = await submit(call, command, User)
    if asked.role is not None or asked.disabled or asked.drop_totp or asked.drop_provider:
        call.rooms.sockets.sign_out(login=login)
    return _invited(call, user, secret)


@routes.get("/api/v1/tokens", allow=Permission.TOKEN_MANAGE, query=PageQuery, answer=TokenList)
async def list_tokens(call: Call) -> TokenList:
    """Programs' tokens, the newest first."""
    asked: PageQuery = call.query
    before = instant_cursor(asked.cursor)
    found = await call.house.store.read(http_people.tokens, call.desk, before, asked.limit + 1)
    shown, following = paged(
        found, asked.limit, lambda token: cursor_of(token.created_at, token.id)
    )
    return TokenList(items=tuple(map(token_view, shown)), next=following)


@routes.post(
    "/api/v1/tokens",
    allow=Permission.TOKEN_MANAGE,
    body=NewToken,
    answer=Minted,
    status=201,
    recent=True,
)
async def make_token(call: Call) -> Minted:
    """Make a token; its secret is in the answer and nowhere else."""
    asked, made = call.body, secrets.make_token()
    beyond = sorted(set(asked.scopes) - call.actor.permissions)
    if beyond:
        raise Problem(
            "beyond_your_own",
            f"You may not give what you do not have: {', '.join(beyond)}.",
            status=422,
            extra={"scopes": beyond},
        )
    _check_accounts(call, asked)
    try:
        networks = tuple(map(str, networks_in(asked.networks)))
    except ValueError as error:
        raise Problem(
            "invalid_value", f"{error}.", what_to_do="Write networks as 192.0.2.7 or 10.0.0.0/8."
        ) from error
    settings = call.house.settings.security
    command = MakeToken(
        id=made.id,
        desk=call.desk,
        hash=made.hash,
        name=asked.name,
        scopes=tuple(asked.scopes),
        login=call.actor.login,
        by=call.actor.name,
        networks=networks,
        accounts=asked.accounts,
        expires_in_ms=asked.expires_days * DAY_MS if asked.expires_days else settings.token_ms,
    )
    token = await submit(call, command, ApiToken)
    return Minted(token=token_view(token), secret=made.text if token.id == made.id else None)


def _check_accounts(call: Call, asked: NewToken) -> None:
    unknown = sorted(set(asked.accounts) - call.house.accounts.keys())
    if unknown:
        raise Problem("invalid_value", f"There is no account {unknown[0]}.")
    wider = sorted(set(asked.scopes) - OF_ACCOUNTS) if asked.accounts else []
    if wider:
        raise Problem(
            "of_the_whole_desk",
            f"A token that is bound to accounts cannot have {', '.join(wider)}.",
            status=422,
            what_to_do="Leave these out, or the accounts.",
            extra={"scopes": wider},
        )


@routes.delete("/api/v1/tokens/{id}", allow=Permission.TOKEN_MANAGE, recent=True)
async def revoke_token(call: Call) -> None:
    """Revoke a token; programs that hold it are refused from now on."""
    command = RevokeToken(desk=call.desk, id=call.param("id"), by=call.actor.name)
    await submit(call, command, ApiToken)
