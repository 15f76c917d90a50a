"""Middleware: WSGI applications around a WSGI application."""

import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# A caller's id ends up in logs and headers, so only a plain one is taken over.
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _with_headers(app: WSGIApplication, headers: Callable[[WSGIEnvironment], list[tuple[str, str]]]) -> WSGIApplication:
    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        added = headers(environ)

        def start(status: str, given: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, given + added, *rest)

        return app(environ, start)

    return wrapped


def request_id(app: WSGIApplication) -> WSGIApplication:
    """Answer with the caller's X-Request-Id, or with a new one."""

    def headers(environ: WSGIEnvironment) -> list[tuple[str, str]]:
        given = str(environ.get("HTTP_X_REQUEST_ID", ""))
        return [("X-Request-Id", given if _PLAIN_ID.fullmatch(given) else uuid.uuid4().hex)]

    return _with_headers(app, headers)


def security_headers(app: WSGIApplication) -> WSGIApplication:
    """Forbid browsers to guess content types or to keep answers."""
    fixed = [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
    return _with_headers(app, lambda environ: fixed)
