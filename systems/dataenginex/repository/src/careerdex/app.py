"""The web application."""

import os
import sys
from http import HTTPStatus
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server
from wsgiref.types import WSGIApplication

from careerdex.matching import score, skills
from dataenginex import Api, Request, Response, Storage, request_id, security_headers


def match(request: Request) -> Response:
    """Score `?person=…&job=…`, two comma-separated lists of skills."""
    if "job" not in request.query:
        return Response({"error": "job is missing"}, HTTPStatus.BAD_REQUEST)
    person, job = skills(request.query.get("person", "")), skills(request.query["job"])
    return Response({"score": score(person, job), "missing": sorted(job - person)})


def build(data: Path) -> WSGIApplication:
    """The application, ready as long as it can store under `data`."""
    api = Api(checks={"storage": Storage(data).writable})
    api.get("/match")(match)
    return security_headers(request_id(api))


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def main() -> None:
    """Serve on DEX_HOST (127.0.0.1) and DEX_PORT (8000), with data under DEX_DATA (the current folder)."""
    host, port = os.environ.get("DEX_HOST", "127.0.0.1"), int(os.environ.get("DEX_PORT", "8000"))
    app = build(Path(os.environ.get("DEX_DATA", ".")))
    with make_server(host, port, app, server_class=_Server) as server:
        print(f"listening on http://{host}:{server.server_port}", file=sys.stderr, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
