"""A provider that vouches for people (OIDC): a real server with real signatures, and its faults."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlsplit

from aiohttp import web
from joserfc import jwk, jws
from yarl import URL

CLIENT, SECRET = "parley desk", "geheim/+:1"
Twist = Callable[[dict[str, Any]], object]


def s256(verifier: str) -> str:
    """RFC 7636, section 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass
class Person:
    """Somebody whom the provider knows."""

    sub: str = "248289761001"
    email: str = "nina@shop.example"
    email_verified: Any = True
    name: str = "Nina Berg"


@dataclass
class Issuer:
    """What it does next; `twist` changes what a token says."""

    url: str = ""
    person: Person = field(default_factory=Person)
    algorithm: str = "RS256"
    twist: Twist = lambda claims: None
    sign: Callable[["Issuer", bytes], str] | None = None
    metadata: Twist = lambda found: None
    keys: Twist = lambda found: None
    hangs: str = ""  # the path that does not answer
    once: bool = True  # a code is good for one token
    denies: bool = False
    waits: bool = False  # shows a page first, as providers do
    asked: list[dict[str, str]] = field(default_factory=list)
    granted: dict[str, dict[str, str]] = field(default_factory=dict)
    rsa: jwk.RSAKey = field(
        default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "r", "use": "sig"})
    )
    ec: jwk.ECKey = field(
        default_factory=lambda: jwk.ECKey.generate_key("P-256", {"kid": "e", "use": "sig"})
    )
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def discovery(self, request: web.Request) -> web.Response:
        """What it says of itself."""
        found = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?tenant=1",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }
        self.metadata(found)
        return web.json_response(found)

    async def authorize(self, request: web.Request) -> web.Response:
        """Whoever comes is the person."""
        asked = dict(request.query)
        self.asked.append(asked)
        if self.waits and "here" not in asked:
            page = f'<a href="{request.path_qs}&amp;here=1">I am Nina</a>'
            return web.Response(text=page, content_type="text/html")
        back = {"state": asked["state"]}
        if self.denies:
            back["error"] = "access_denied"
        else:
            code = f"code-{len(self.granted)}"
            self.granted[code] = asked
            back["code"] = code
        raise web.HTTPFound(URL(asked["redirect_uri"]).update_query(back))

    async def token(self, request: web.Request) -> web.Response:
        """A code becomes a token, for the right client with the right verifier."""
        form = dict(await request.post())
        pair = f"{quote_plus(CLIENT)}:{quote_plus(SECRET)}".encode()
        basic = f"Basic {base64.b64encode(pair).decode()}"
        posted = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if request.headers.get("Authorization") != basic and not posted:
            return web.json_response({"error": "invalid_client"}, status=401)
        code = str(form.get("code"))
        asked = self.granted.pop(code, None) if self.once else self.granted.get(code)
        if (
            asked is None
            or form.get("redirect_uri") != asked["redirect_uri"]
            or s256(str(form.get("code_verifier"))) != asked.get("code_challenge")
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": self.id_token(asked), "token_type": "Bearer"})

    def id_token(self, asked: dict[str, str]) -> str:
        """Signed, unless it is to be otherwise."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": self.person.sub,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "auth_time": now,
            "email": self.person.email,
            "email_verified": self.person.email_verified,
            "name": self.person.name,
        }
        self.twist(claims)
        payload = json.dumps({k: v for k, v in claims.items() if v is not None}).encode()
        if self.sign is not None:
            return self.sign(self, payload)
        key = self.ec if self.algorithm == "ES256" else self.rsa
        header = {"alg": self.algorithm, "kid": key.kid}
        return jws.serialize_compact(header, payload, key, algorithms=[self.algorithm])

    async def jwks(self, request: web.Request) -> web.Response:
        """Its public keys, and one of a kind that nobody knows."""
        found = {"keys": [{"kty": "AKP", "kid": "q"}, self.rsa.as_dict(), self.ec.as_dict()]}
        self.keys(found)
        return web.json_response(found)

    @web.middleware
    async def slow(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Some days it does not answer."""
        if self.hangs and request.path.endswith(self.hangs):
            await self.stop.wait()
        return await handler(request)


def unsigned(_: Issuer, payload: bytes) -> str:
    """`alg: none`, RFC 7519, section 6."""
    parts = (b'{"alg":"none"}', payload)
    return ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts) + "."


def by_the_public_key(issuer: Issuer, payload: bytes) -> str:
    """HS256, keyed by what everybody can read: the oldest trick."""
    key = issuer.rsa.as_pem(private=False)
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"r"}').rstrip(b"=")
    said = head + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")
    mac = base64.urlsafe_b64encode(hmac.digest(key, said, "sha256")).rstrip(b"=")
    return (said + b"." + mac).decode()


def by_a_stranger(_: Issuer, payload: bytes) -> str:
    """A key of nobody's, under a name that is known."""
    key = jwk.RSAKey.generate_key(2048)
    return jws.serialize_compact({"alg": "RS256", "kid": "r"}, payload, key)


def query_of(address: str) -> dict[str, str]:
    """What stands behind the question mark."""
    return dict(parse_qsl(urlsplit(address).query))


@asynccontextmanager
async def open_issuer() -> AsyncIterator[Issuer]:
    """It listens."""
    issuer = Issuer()
    app = web.Application(middlewares=[issuer.slow])
    app.router.add_get("/staff/.well-known/openid-configuration", issuer.discovery)
    app.router.add_get("/staff/authorize", issuer.authorize)
    app.router.add_post("/staff/token", issuer.token)
    app.router.add_get("/staff/jwks", issuer.jwks)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}/staff"
    try:
        yield issuer
    finally:
        issuer.stop.set()
        await runner.cleanup()
