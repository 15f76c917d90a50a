"""Core framework: API, middleware, storage."""

from importlib.metadata import version

from dataenginex.api import Api, Request, Response
from dataenginex.middleware import request_id, security_headers
from dataenginex.storage import Storage

__version__ = version("dataenginex")

__all__ = ["Api", "Request", "Response", "Storage", "__version__", "request_id", "security_headers"]
