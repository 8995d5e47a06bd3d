"""A proxy in front of a server, which lets one request of many go wrong, and notes what was asked."""

import http.client
import http.server
import json
import re
import socket
import threading
import urllib.parse
from dataclasses import dataclass, field

OURS = "holdfast"


@dataclass(frozen=True)
class Moment:
    """One request of a run, told apart by what went before, so that it is the same one in every run though somebody polls: the `nth` of
    its kind since `asker` asked for the `changes`-th change of this server."""

    asker: str  # "controller", "host"
    changes: int
    verb: str
    path: str
    nth: int

    @property
    def is_change(self):
        return self.verb != "GET"

    @staticmethod
    def read(text):
        """As __str__ writes it."""
        host, verb, path, changes, nth = re.fullmatch(r"(host )?(\S+) (\S+) \((\d+)(?:\+(\d+))?\)", text).groups()
        return Moment("host" if host else "controller", int(changes), verb, path, int(nth or 0))

    def __str__(self):
        more = f"+{self.nth}" if self.nth else ""
        return f"{'' if self.asker == 'controller' else 'host '}{self.verb} {self.path} ({self.changes}{more})"


@dataclass
class Fault:
    """@param what: "status", "garbage", "half", "close", "hang", "gone" (nobody listens any more), or "" where only `call` is to be done.
    @param after: only once the request was carried out, so that who asked can't know. @param lasts: "once", "same" (whenever that is asked
    for), "all" (of this server, from then on)."""

    what: str = ""
    status: int = 500
    after: bool = False
    lasts: str = "once"
    headers: dict = field(default_factory=dict)
    message: str = "it went wrong"
    seconds: float = 60
    call: object = None  # done first, or once the request was carried out


class FaultyProxy:
    """As a context manager it listens while the block lasts."""

    def __init__(self, address, upstream, *, asker=None):
        self.upstream = urllib.parse.urlsplit(upstream).netloc
        self.address, self.port, self.asker = address, 0, asker
        self.lock, self.released, self.listener = threading.Lock(), threading.Event(), None
        self.reset()

    @property
    def url(self):
        return f"http://{self.address}:{self.port}"

    def __enter__(self):
        self._listen()
        return self

    def __exit__(self, *_):
        self.released.set()
        self._close()

    def _listen(self):
        self.listener = Listener((self.address, self.port), self)
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _close(self):
        listener, self.listener = self.listener, None
        if listener is not None:
            listener.shutdown()
            listener.server_close()

    def reset(self, moment=None, fault=None):
        """Everything works again; at `moment` of what is to come it won't."""
        self.released.set()
        self.released = threading.Event()
        with self.lock:
            self.moment, self.fault, self.struck = moment, fault, 0
            self.seen, self._changes, self._nth = [], {}, {}
        if self.port and self.listener is None:
            self._listen()

    def heal(self):
        """The same, but what was seen stays."""
        seen, struck = self.seen, self.struck
        self.reset()
        self.seen, self.struck = seen, struck

    def note(self, verb, path, agent):
        """The fault of this request, if any."""
        asker = self.asker or ("controller" if agent.startswith(OURS) else "host")
        path = re.sub(r"/\d+(?=/|$)", "/ID", path)
        with self.lock:
            changes = self._changes.get(asker, 0)
            key = (asker, changes, verb, path)
            nth = self._nth[key] = self._nth.get(key, -1) + 1
            found = Moment(asker, changes, verb, path, nth)
            if found.is_change:
                self._changes[asker] = changes + 1
            self.seen.append(found)
            if self.moment is None:
                return None
            first = self.struck == 0 and found == self.moment
            again = self.struck > 0 and (
                self.fault.lasts == "all" or (self.fault.lasts == "same" and (verb, path) == (self.moment.verb, self.moment.path)))
            if not first and not again:
                return None
            self.struck += 1
            return self.fault


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address, proxy):
        self.proxy = proxy
        super().__init__(address, Handler)

    def handle_error(self, request, client_address):
        """A client that goes away is nothing to write of."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format, *args):  # noqa: A002 (the name is the base class's)
        pass

    def handle_any(self):
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.urlsplit(self.path).path
        released = proxy.released
        fault = proxy.note(self.command, path, self.headers.get("User-Agent") or "")
        if fault is not None and not fault.after:
            if fault.call is not None and proxy.struck == 1:
                fault.call()
            if fault.what:
                return self.go_wrong(fault, b"{}", released)
        try:
            status, headers, answer = self.forward(body)
        except OSError:
            return self.hang_up()
        if fault is not None and fault.after:
            if fault.call is not None and proxy.struck == 1:
                fault.call()
            if fault.what:
                return self.go_wrong(fault, answer, released)
        return self.send(status, headers, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def forward(self, body):
        link = http.client.HTTPConnection(self.server.proxy.upstream, timeout=120)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "expect", "accept-encoding")}
            link.request(self.command, self.path, body=body or None, headers=headers)
            answer = link.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            link.close()

    def send(self, status, headers, raw, *, length=None):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(raw) if length is None else length))
        self.end_headers()
        if status not in (204, 304):
            self.wfile.write(raw)

    def go_wrong(self, fault, answer, released):
        if fault.what == "status":
            return self.send(fault.status, [("Content-Type", "application/json"), *fault.headers.items()], json.dumps({"message": fault.message}).encode())
        if fault.what == "garbage":
            return self.send(200, [("Content-Type", "text/html")], b"<html><body>Unicorn!</body></html>")
        if fault.what == "half":
            whole = answer + b" " * 64
            self.send(200, [("Content-Type", "application/json")], whole[:len(answer) // 2], length=len(whole))
        elif fault.what == "hang":
            released.wait(fault.seconds)
        elif fault.what == "gone":
            self.server.proxy._close()
        return self.hang_up()

    def hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
