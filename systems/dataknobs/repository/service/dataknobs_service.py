"""Dataknobs over HTTP, and answers to the two questions that Kubernetes asks."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dataknobs_common import DataknobsError, Settings
from dataknobs_utils import flatten
from dataknobs_xization import normalize, tokenize

LIMIT = 1_000_000
log = logging.getLogger("dataknobs")


class Handler(BaseHTTPRequestHandler):
    """GET /health and /ready; POST /tokens takes a text, POST /leaves takes JSON."""

    def do_GET(self) -> None:
        """Answer the probes: alive at all, and with all settings."""
        if self.path == "/health":
            self._answer(HTTPStatus.OK, {"status": "ok"})
        elif self.path == "/ready":
            try:
                environment = Settings.from_environment().environment
            except DataknobsError as error:
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"status": str(error)})
            else:
                self._answer(
                    HTTPStatus.OK, {"status": "ready", "environment": environment}
                )
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}"})

    def do_POST(self) -> None:
        """Answer with the tokens of a text, or with the leaves of a JSON value."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > LIMIT:
            self._answer(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"at most {LIMIT} bytes"}
            )
            return
        try:
            text = self.rfile.read(length).decode()
            if self.path == "/tokens":
                self._answer(
                    HTTPStatus.OK, [normalize(token.text) for token in tokenize(text)]
                )
            elif self.path == "/leaves":
                self._answer(HTTPStatus.OK, dict(flatten(json.loads(text))))
            else:
                self._answer(
                    HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}"}
                )
        except ValueError as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})

    def log_message(self, format: str, *args: object) -> None:
        """Write to the log instead of standard error."""
        log.debug(format, *args)

    def _answer(self, status: HTTPStatus, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main() -> None:
    """Serve until SIGTERM, on DATAKNOBS_HOST and DATAKNOBS_PORT."""
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"))
    host = os.environ.get("DATAKNOBS_HOST", "127.0.0.1")
    server = ThreadingHTTPServer(
        (host, int(os.environ.get("DATAKNOBS_PORT", "8000"))), Handler
    )
    signal.signal(
        signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start()
    )
    log.info("serving on %s port %s", *server.server_address[:2])
    server.serve_forever()


if __name__ == "__main__":
    main()
