"""The stand-in as a server."""

import hashlib
import http.server
import json
import secrets
import select
import socket
import ssl
import threading
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from . import access
from .broker import Broker
from .control import Control
from .description import Description
from .faults import Faults
from .private import Private
from .rest import Rest
from .store import Refused, Store

DOCUMENTATION = "https://docs.github.com/rest"
BODY_LIMIT = 1 << 20
API_VERSIONS = ("2022-11-28", "2026-03-10")
ENTERPRISE_BASE = "/api/v3"


@dataclass
class Release:
    """A runner archive that it offers."""

    version: str
    filename: str
    sha256: str
    content: bytes


class Github:
    """A GitHub of one's own. As a context manager it listens while the block lasts. @param certificate: (file, key file) for TLS."""

    def __init__(self, address="127.0.0.1", port=0, *, certificate=None, seed=1):
        self.store, self.description, self.faults, self.limits = Store(), Description(), Faults(), access.Limits()
        self.broker = Broker(self.store, seed=seed)
        self.exchanges, self.defects = [], []
        self.rest = Rest(self.store, self.broker, lambda: self.url)
        self.private = Private(self.store, self.broker, lambda: self.url)
        self.control = Control(self)
        self.stopping = threading.Event()
        self.listener = Listener((address, port), self, certificate)
        self.url = f"{'https' if certificate else 'http'}://{address}:{self.listener.server_address[1]}"

    @property
    def enterprise_url(self):
        """Where GitHub Enterprise Server has its REST API."""
        return self.url + ENTERPRISE_BASE

    def __enter__(self):
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.broker.stopping = True
        self.broker.wake()
        self.listener.shutdown()
        self.listener.server_close()

    def _tick(self):
        while not self.stopping.wait(0.1):
            self.broker.tick()

    def repository(self, name):
        return self.store.add_scope("repository", name)

    def organization(self, name):
        return self.store.add_scope("organization", name)

    def enterprise(self, name):
        return self.store.add_scope("enterprise", name)

    def release(self, version, archive):
        content = Path(archive).read_bytes()
        made = Release(version, Path(archive).name, hashlib.sha256(content).hexdigest(), content)
        with self.store.lock:
            self.store.releases.append(made)
        return made

    def answer(self, verb, path, query, headers, body, *, base=""):
        """(status, headers, body) of a REST request."""
        more = {"X-GitHub-Media-Type": "github.v3; format=json"}
        try:
            with self.store.lock:
                status, answer = self._rest(verb, path, query, headers, body, more, base)
        except Refused as refusal:
            status, answer = refusal.status, self.complaint(refusal)
            more.update(refusal.headers)
        if "x-ratelimit-limit" not in more:
            more.update(self.limits.headers())
        return status, more, answer

    @staticmethod
    def complaint(refusal):
        body = {"message": refusal.message, "documentation_url": DOCUMENTATION, "status": str(refusal.status)}
        if refusal.errors:
            body["errors"] = refusal.errors
        return body

    def _rest(self, verb, path, query, headers, body, more, base):
        if not headers.get("User-Agent"):
            raise Refused(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.")
        wanted_version = headers.get("X-GitHub-Api-Version")
        if wanted_version and wanted_version not in API_VERSIONS:
            raise Refused(400, f"The API version '{wanted_version}' is not supported.")
        token = access.token_of(self.store, headers.get("Authorization"), time.time())
        more.update(access.token_headers(token))
        operation, values = self.description.find(verb, path)
        if path == "/rate_limit" and verb == "GET":
            return 200, self.limits.json()
        self.limits.count()
        more.update(self.limits.headers())
        if operation is None or operation == "verb":
            raise Refused(404, "Not Found")
        scope = self.store.scopes.get(path.partition("/actions/")[0].lower())
        if scope is None:
            raise Refused(404, "Not Found")
        more.update(access.allow(token, scope, verb != "GET"))
        refused = operation.refuses(values, query, body)
        if refused:
            raise Refused(422, "Invalid request.\n\n" + "\n".join(refused), errors=refused)
        handler = self.rest.handler(operation)
        if handler is None:
            raise Refused(404, "Not Found")
        status, answer = handler(scope, values, query, body)
        self._page_links(status, path, query, answer, more, base)
        return status, answer

    def _page_links(self, status, path, query, answer, more, base):
        if status != 200 or not isinstance(answer, dict) or not {"per_page", "page", "name"} >= set(query):
            return
        if not any(key in answer for key in ("runners", "runner_groups", "jobs")):
            return
        size, page = min(max(int(query.get("per_page", 30)), 1), 100), max(int(query.get("page", 1)), 1)
        last = max(1, -(-answer["total_count"] // size))
        wanted = {"prev": page - 1 if page > 1 else None, "next": page + 1 if page < last else None,
                  "last": last if page < last else None, "first": 1 if page > 1 else None}
        links = [f"<{self.url}{base}{path}?{urllib.parse.urlencode({**query, 'page': to})}>; rel=\"{rel}\"" for rel, to in wanted.items() if to]
        if links:
            more["Link"] = ", ".join(links)

    def note(self, exchange):
        """Keeps what was asked and answered, and sees that the stand-in itself keeps to the description."""
        operation, _ = self.description.find(exchange["verb"], exchange["path"])
        if operation not in (None, "verb"):
            exchange["operation"] = operation.id
            self.defects += [f"{exchange['verb']} {exchange['path']}: {wrong}"
                             for wrong in operation.refuses_answer(exchange["status"], exchange["answer"])]
        self.exchanges.append(exchange)


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address, github, certificate):
        self.github, self.context = github, None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*map(str, certificate))
        super().__init__(address, Handler)

    def finish_request(self, request, client_address):
        if self.context is not None:
            # In the connection's own thread: a client that is slow to shake hands holds up nobody.
            request.settimeout(10)
            request = self.context.wrap_socket(request, server_side=True)
            request.settimeout(None)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """A client that goes away is nothing to write of."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "github.com"
    sys_version = ""
    disable_nagle_algorithm = True

    def log_message(self, format, *args):  # noqa: A002 (the name is the base class's)
        pass

    def handle_any(self):
        github = self.server.github
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query, keep_blank_values=True))
        raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BODY_LIMIT))
        path, base = urllib.parse.unquote(address.path), ""
        if path.startswith(ENTERPRISE_BASE + "/"):
            path, base = path[len(ENTERPRISE_BASE):], ENTERPRISE_BASE
        if path.startswith("/_control/"):
            return self.send(*github.control.answer(self.command, path[len("/_control/"):], query, raw))
        fault = github.faults.take(self.command, path)
        if fault is not None and not fault.after:
            return self.carry_out(fault, None)
        if path.startswith("/archives/"):
            return self.send_archive(path, fault)
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            return self.send(400, {}, github.complaint(Refused(400, "Problems parsing JSON")))
        private = self.private(path, query, body)
        if private is not None:
            status, headers, answer = private
        else:
            status, headers, answer = self.rest(path, base, query, body)
        if fault is not None:
            return self.carry_out(fault, answer)
        return self.send(status, headers, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def gone(self):
        """Whether the client has hung up."""
        try:
            return bool(select.select([self.connection], [], [], 0)[0]) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except ValueError:  # TLS can't look ahead
            return False
        except OSError:
            return True

    def private(self, path, query, body):
        github = self.server.github
        self.headers.gone = self.gone
        try:
            answer = github.private.answer(self.command, path, query, self.headers, body)
        except Refused as refusal:
            return refusal.status, {"X-Stand-In-Retry": str(github.broker.timing.retry)}, github.complaint(refusal)
        return None if answer is None else (answer[0], {"X-Stand-In-Retry": str(github.broker.timing.retry)}, answer[1])

    def rest(self, path, base, query, body):
        github = self.server.github
        status, headers, answer = github.answer(self.command, path, query, self.headers, body, base=base)
        if status == 200 and self.command == "GET":
            tag = f'W/"{hashlib.sha256(json.dumps(answer).encode()).hexdigest()}"'
            headers["ETag"] = tag
            headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
            if self.headers.get("If-None-Match") == tag:
                github.limits.give_back()
                headers.update(github.limits.headers())
                status, answer = 304, None
        github.note({"base": base, "verb": self.command, "path": path, "query": query, "body": body, "status": status, "headers": headers,
                     "answer": answer})
        return status, headers, answer

    def send_archive(self, path, fault):
        release = next((r for r in self.server.github.store.releases if r.filename == path.rpartition("/")[2]), None)
        if release is None:
            return self.send(404, {}, {"message": "Not Found"})
        if fault is not None:
            return self.carry_out(fault, None, raw=release.content)
        return self.send_raw(200, {"Content-Type": "application/octet-stream"}, release.content)

    def send(self, status, headers, answer):
        raw = b"" if answer is None else json.dumps(answer).encode()
        self.send_raw(status, {"Content-Type": "application/json; charset=utf-8", **headers}, raw)

    def send_raw(self, status, headers, raw, *, length=None):
        self.send_response(status)
        self.send_header("X-GitHub-Request-Id", ":".join(secrets.token_hex(2).upper() for _ in range(5)))
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(raw) if length is None else length))
        self.end_headers()
        if status not in (204, 304):
            self.wfile.write(raw)

    def carry_out(self, fault, answer, *, raw=None):
        if fault.what == "status":
            github = self.server.github
            return self.send(fault.status, fault.headers, github.complaint(Refused(fault.status, "Server Error")))
        if fault.what == "garbage":
            return self.send_raw(fault.status if fault.status != 500 else 200, {"Content-Type": "text/html", **fault.headers}, fault.body.encode())
        if fault.what == "truncated":
            whole = raw or json.dumps(answer).encode() + b" " * 64
            self.send_raw(200, {"Content-Type": "application/json; charset=utf-8", **fault.headers}, whole[:len(whole) // 2], length=len(whole))
        elif fault.what == "hang":
            self.server.github.stopping.wait(fault.seconds)
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        return None
