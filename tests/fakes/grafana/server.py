"""The stand-in as a server."""

import http.server
import json
import socket
import threading
import urllib.parse

from github.faults import Faults

from .provisioning import Provisioning
from .rest import Rest
from .store import Refused, Store, as_written_today

BODY_LIMIT = 8 << 20


class Grafana:
    """A Grafana of one's own. As a context manager it listens while the block lasts. @param migrates: it answers with dashboards as it would
    write them today, as newer ones do. @param provisioning: its folder of that name. @param interval: seconds between two looks into the
    providers' folders."""

    def __init__(self, address="127.0.0.1", port=0, *, migrates=True, version="12.4.0", provisioning=None, root="/", interval=1.0):
        self.store, self.faults, self.migrates, self.version, self.interval = Store(), Faults(), migrates, version, interval
        self.provisioning = Provisioning(self.store, provisioning or "/nonexistent", root)
        self.rest = Rest(self)
        self.exchanges = []
        self.stopping = threading.Event()
        self.listener = Listener((address, port), self)
        self.url = f"http://{address}:{self.listener.server_address[1]}"

    def __enter__(self):
        self.provisioning.read_providers()
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.listener.shutdown()
        self.listener.server_close()

    def _tick(self):
        while not self.stopping.wait(self.interval):
            self.provisioning.scan()

    def edit(self, uid, change, *, login="somebody"):
        """A dashboard edited in a browser: `change` is given the model that the browser has, and what it leaves is saved."""
        with self.store.lock:
            found = self.store.dashboards[uid]
            model = as_written_today(json.loads(json.dumps(found.model)))
            change(model)
            return self.store.save(model, found.folder, "", False, login)

    def asked(self, verb=".*"):
        """(verb, path, status) of what came in, oldest first."""
        return [(e["verb"], e["path"], e["status"]) for e in self.exchanges if verb in (".*", e["verb"])]

    def snapshot(self):
        """What counts of all that it knows, as it would show it: no numbers of its own, no times."""
        store, own = self.store, ("id", "version")
        with store.lock:
            shown = {uid: store.shown(d, self.migrates) for uid, d in store.dashboards.items()}
            return {"dashboards": {uid: [store.dashboards[uid].folder, {k: v for k, v in m.items() if k not in own}] for uid, m in shown.items()},
                    "folders": {uid: f.title for uid, f in store.folders.items()},
                    "sources": {uid: {k: v for k, v in s.items() if k not in own} for uid, s in store.sources.items()}}

    def control(self, path, body):
        """What a test on another machine says to it."""
        if path == "token":
            return {"token": self.store.add_token(**body)}
        if path == "fault":
            self.faults.add(body.pop("what"), **body)
        elif path == "clear-faults":
            self.faults.clear()
        elif path == "edit":
            self.edit(body["uid"], lambda model: _set(model, body["at"], body["to"]))
        elif path == "forget":
            self.store.dashboards.clear(), self.store.folders.clear(), self.store.sources.clear()
        elif path == "snapshot":
            return self.snapshot()
        elif path == "exchanges":
            return self.exchanges
        else:
            raise Refused(404, "no such control")
        return {}


def _set(model, at, to):
    *way, last = at
    for step in way:
        model = model[step]
    if to is None and isinstance(model, dict):
        model.pop(last, None)
    elif isinstance(model, list) and last == len(model):
        model.append(to)
    else:
        model[last] = to


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address, grafana):
        self.grafana = grafana
        super().__init__(address, Handler)

    def handle_error(self, request, client_address):
        """A client that goes away is nothing to write of."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "grafana"
    sys_version = ""
    disable_nagle_algorithm = True

    def log_message(self, format, *args):  # noqa: A002 (the name is the base class's)
        pass

    def handle_any(self):
        grafana = self.server.grafana
        address = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(address.path)
        query = dict(urllib.parse.parse_qsl(address.query, keep_blank_values=True))
        raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BODY_LIMIT))
        try:
            body = json.loads(raw) if raw else None
            if path.startswith("/_control/"):
                return self.send(200, grafana.control(path[len("/_control/"):], body or {}))
            fault = grafana.faults.take(self.command, path)
            if fault is not None and not fault.after:
                return self.carry_out(fault, None)
            status, answer = grafana.rest.answer(self.command, path, query, self.headers, body)
        except ValueError:
            return self.send(400, {"message": "bad request data"})
        except Refused as refusal:
            status, answer, fault = refusal.status, refusal.answer, None
        grafana.exchanges.append({"verb": self.command, "path": path, "query": query, "body": body, "status": status, "answer": answer})
        return self.send(status, answer) if fault is None else self.carry_out(fault, answer)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

    def send(self, status, answer):
        self.send_raw(status, "application/json; charset=UTF-8", json.dumps(answer).encode())

    def send_raw(self, status, kind, raw, *, length=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(raw) if length is None else length))
        self.end_headers()
        self.wfile.write(raw)

    def carry_out(self, fault, answer):
        self.server.grafana.exchanges.append({"verb": self.command, "path": self.path, "query": {}, "body": None, "status": 0, "answer": fault.what})
        if fault.what == "status":
            refusals = {412: ("The dashboard has been changed by someone else", "version-mismatch"), 503: ("Database is locked", None)}
            message, word = refusals.get(fault.status, ("Internal Server Error", None))
            return self.send(fault.status, {"message": message, **({"status": word} if word else {})})
        if fault.what == "garbage":
            return self.send_raw(200, "text/html", fault.body.encode())
        if fault.what == "truncated":
            whole = json.dumps(answer).encode() + b" " * 64
            self.send_raw(200, "application/json", whole[:len(whole) // 2], length=len(whole))
        elif fault.what == "hang":
            self.server.grafana.stopping.wait(fault.seconds)
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        return None
