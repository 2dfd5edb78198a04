"""Who a browser is: anonymous accounts, made by a tap, and the cookie that proves them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from sqlalchemy import insert, select, update

from bot.channels.web.models import WebChat, WebSession
from services.clock import Clock
from services.database import Database

IDLE = timedelta(days=180)
"""How long an unused login lives; every day of use begins it anew."""

_RENEW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Account:
    """A logged-in browser: its chat, its language, the hash of its cookie."""

    chat_id: int
    language: str
    sid_hash: str


class Accounts:
    """Makes, finds and ends logins."""

    def __init__(self, database: Database, clock: Clock, *, https: bool) -> None:
        self._database = database
        self._clock = clock
        self._https = https

    async def create(self, language: str) -> tuple[Account, str]:
        """A new account and the secret for its cookie."""
        now = self._clock.now()
        sid = secrets.token_urlsafe(32)
        async with self._database.transaction() as tx:
            chat = insert(WebChat).values(seq=0, language=language, created_at=now)
            chat_id = (await tx.execute(chat.returning(WebChat.id))).scalar_one()
            await tx.execute(
                insert(WebSession).values(
                    sid_hash=_hash(sid),
                    chat_id=chat_id,
                    created_at=now,
                    seen_at=now,
                    expires_at=now + IDLE,
                )
            )
        return Account(chat_id, language, _hash(sid)), sid

    async def find(self, request: web.Request) -> Account | None:
        """The account of this request's cookie, if it is valid now."""
        sid = request.cookies.get(self._cookie(request))
        return await self.holding(_hash(sid)) if sid else None

    async def holding(self, sid_hash: str) -> Account | None:
        """The account of a login that is still good; using it keeps it alive."""
        now = self._clock.now()
        query = (
            select(WebSession.chat_id, WebChat.language, WebSession.seen_at)
            .join(WebChat, WebChat.id == WebSession.chat_id)
            .where(
                WebSession.sid_hash == sid_hash,
                WebSession.revoked_at.is_(None),
                WebSession.expires_at > now,
            )
        )
        async with self._database.reading() as tx:
            row = (await tx.execute(query)).first()
        if row is None:
            return None
        if now - row.seen_at > _RENEW:
            await self._renew(sid_hash)
        return Account(row.chat_id, row.language, sid_hash)

    async def require(self, request: web.Request) -> Account:
        """The account of this request; raises 401."""
        account = await self.find(request)
        if account is None:
            raise web.HTTPUnauthorized(text="Log in first.")
        return account

    async def revoke(self, account: Account) -> None:
        """End this login for good."""
        async with self._database.transaction() as tx:
            await tx.execute(
                update(WebSession)
                .where(WebSession.sid_hash == account.sid_hash, WebSession.revoked_at.is_(None))
                .values(revoked_at=self._clock.now())
            )

    def remember(self, request: web.Request, response: web.StreamResponse, sid: str) -> None:
        """Set the cookie; `__Host-` and Secure wherever there is TLS."""
        response.set_cookie(
            self._cookie(request),
            sid,
            max_age=int(IDLE.total_seconds()),
            path="/",
            secure=self._secure(request),
            httponly=True,
            samesite="Lax",
        )

    def renew(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the browser keep its cookie for another half a year."""
        self.remember(request, response, request.cookies[self._cookie(request)])

    def drop(self, request: web.Request, response: web.StreamResponse) -> None:
        """Take the cookie away."""
        response.del_cookie(
            self._cookie(request), path="/", secure=self._secure(request), httponly=True
        )

    def _secure(self, request: web.Request) -> bool:
        return self._https or request.secure

    def _cookie(self, request: web.Request) -> str:
        return "__Host-sid" if self._secure(request) else "sid"

    async def _renew(self, sid_hash: str) -> None:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await tx.execute(
                update(WebSession)
                .where(WebSession.sid_hash == sid_hash)
                .values(seen_at=now, expires_at=now + IDLE)
            )


def _hash(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()
