"""The shell of the chat: one page, its scripts and styles, the manifest, the service worker.

The scripts are versioned by one hash over all of them, which is part of their address, so a
browser may keep them for ever and an update never mixes two versions.
"""

import hashlib
import html
import json
import mimetypes
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any

from aiohttp import web

STATIC = Path(__file__).parent / "static"
LANGUAGES = ("ru", "en", "zh")
_FOREVER = "public, max-age=31536000, immutable"
_SHELL = ("index.html", "sw.js")
_THEME = {"dark": "#0b1330", "light": "#f6f1e7"}

mimetypes.add_type("text/javascript", ".js")


class Pages:
    """Routes that anybody may read.

    `city` says whose chat this is: `title` and `short` by language, and `language`, the one
    that is used when a browser asks for another than ours.
    """

    def __init__(self, city: Mapping[str, Any]) -> None:
        self._city = city
        self._files = {
            path.relative_to(STATIC).as_posix(): path.read_bytes()
            for path in sorted(STATIC.rglob("*"))
            if path.is_file()
        }

    @cached_property
    def version(self) -> str:
        """A hash over everything the shell consists of."""
        digest = hashlib.sha256(json.dumps(dict(self._city), sort_keys=True).encode())
        for name, data in self._files.items():
            digest.update(name.encode() + b"\0" + data)
        return digest.hexdigest()[:12]

    async def shell(self, request: web.Request) -> web.StreamResponse:
        """GET /: the page itself, the same for everybody."""
        return web.Response(text=self._page, content_type="text/html")

    async def static(self, request: web.Request) -> web.StreamResponse:
        """GET /static/{version}/{name}: kept for ever when the version is today's."""
        name = request.match_info["name"]
        if name in _SHELL or name not in self._files:
            raise web.HTTPNotFound(text="There is no such file.")
        current = request.match_info["version"] == self.version
        return web.Response(
            body=self._files[name],
            content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            headers={"Cache-Control": _FOREVER if current else "no-cache"},
        )

    async def manifest(self, request: web.Request) -> web.StreamResponse:
        """GET /manifest.webmanifest: what makes the chat installable."""
        return web.Response(
            text=json.dumps(self._manifest, ensure_ascii=False),
            content_type="application/manifest+json",
            headers={"Cache-Control": "no-cache"},
        )

    async def worker(self, request: web.Request) -> web.StreamResponse:
        """GET /sw.js: the service worker with the list of what it keeps."""
        shell = {
            "version": self.version,
            "files": ["/", *(self._address(name) for name in self._files if name not in _SHELL)],
        }
        code = self._files["sw.js"].decode()
        return web.Response(
            text=f"const SHELL = {json.dumps(shell)};\n{code}",
            content_type="text/javascript",
            headers={"Cache-Control": "no-cache"},
        )

    @cached_property
    def _page(self) -> str:
        facts = json.dumps(dict(self._city), ensure_ascii=False)
        language = self._city["language"]
        values = {
            "language": language,
            "title": self._city["title"][language],
            "city": facts,
            "static": f"/static/{self.version}",
            **_THEME,
        }
        escaped = {name: html.escape(value) for name, value in values.items()}
        return Template(self._files["index.html"].decode()).substitute(escaped)

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        language = self._city["language"]
        icons = [
            {"src": self._address(f"icons/{name}.png"), "sizes": size, "type": "image/png"}
            | ({"purpose": "maskable"} if name == "maskable" else {})
            for name, size in (("192", "192x192"), ("512", "512x512"), ("maskable", "512x512"))
        ]
        return {
            "id": "/",
            "name": self._city["title"][language],
            "short_name": self._city["short"][language],
            "lang": language,
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": _THEME["dark"],
            "theme_color": _THEME["dark"],
            "icons": icons,
        }

    def _address(self, name: str) -> str:
        return f"/static/{self.version}/{name}"
