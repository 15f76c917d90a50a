"""A WSGI application of JSON endpoints, with health and readiness built in."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment


@dataclass(frozen=True)
class Request:
    """What an endpoint gets: the path and the query, the last of repeated keys winning."""

    path: str
    query: dict[str, str]


@dataclass(frozen=True)
class Response:
    """What an endpoint answers: a value that JSON can carry."""

    body: object
    status: HTTPStatus = HTTPStatus.OK


Endpoint = Callable[[Request], Response]
Check = Callable[[], bool]


@dataclass
class Api:
    """Routes GET requests. `/health` says that the process lives, `/ready` that all its checks pass."""

    checks: dict[str, Check] = field(default_factory=dict)
    routes: dict[str, Endpoint] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.routes["/health"] = lambda request: Response({"status": "ok"})
        self.routes["/ready"] = self._ready

    def get(self, path: str) -> Callable[[Endpoint], Endpoint]:
        """Register an endpoint. Raises ValueError for a path that is taken."""

        def register(endpoint: Endpoint) -> Endpoint:
            if path in self.routes:
                raise ValueError(f"{path} has an endpoint already")
            self.routes[path] = endpoint
            return endpoint

        return register

    def _ready(self, request: Request) -> Response:
        results = {name: check() for name, check in self.checks.items()}
        ready = all(results.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return Response({"ready": ready, "checks": results}, status)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI asks it."""
        path = str(environ.get("PATH_INFO", "/"))
        endpoint = self.routes.get(path)
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            response = Response({"error": "method not allowed"}, HTTPStatus.METHOD_NOT_ALLOWED)
        elif endpoint is None:
            response = Response({"error": "not found"}, HTTPStatus.NOT_FOUND)
        else:
            query = dict(parse_qsl(str(environ.get("QUERY_STRING", ""))))
            response = endpoint(Request(path, query))
        body = json.dumps(response.body).encode()
        status = f"{response.status.value} {response.status.phrase}"
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
