"""What listener and worker share: the runner's folder, its settings, its log, requests."""

import datetime
import http.client
import json
import os
import socket
import ssl
import sys
import urllib.parse

BIN = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.realpath(BIN))
MARK = "\ufeff"  # with which .NET begins a text file

SUCCESS, TERMINATED, RETRYABLE, UPDATING, ONCE_UPDATING, SESSION_CONFLICT, CONFIG_REFRESHED, DEPRECATED = range(8)


def path(name):
    return os.path.join(ROOT, name)


def version():
    with open(os.path.join(BIN, "version"), encoding="utf-8") as file:
        return file.read().strip()


def read_json(name):
    with open(path(name), encoding="utf-8-sig") as file:
        return json.load(file)


def configured():
    return os.path.exists(path(".runner"))


def now(form="%Y-%m-%d %H:%M:%SZ"):
    return datetime.datetime.now(datetime.timezone.utc).strftime(form)


class Log:
    def __init__(self, program):
        os.makedirs(path("_diag"), exist_ok=True)
        name = f"_diag/{program}_{now('%Y%m%d-%H%M%S')}-utc.log"
        self.file = open(path(name), "a", encoding="utf-8")  # noqa: SIM115 (open as long as the process)

    def trace(self, text, level="INFO", part="Listener"):
        self.file.write(f"[{now()} {level} {part}] {text}\n")
        self.file.flush()

    def say(self, text, *, error=False):
        self.trace(f"WRITE {'ERROR' if error else 'LINE'}: {text}", part="Terminal")
        print(text, file=sys.stderr if error else sys.stdout, flush=True)


class Answered(Exception):
    """An answer that is none of those wanted."""

    def __init__(self, status, body, what, retry):
        message = body.get("message", "") if isinstance(body, dict) else ""
        super().__init__(f"Http response code: {http.client.responses.get(status, status)} from '{what}'\n{message}\n"
                         f"Response status code does not indicate success: {status}.")
        self.status, self.body, self.retry, self.message = status, body, retry, message


class Request:
    """One request, which another thread can cut off."""

    def __init__(self, verb, url, *, bearer=None, scheme="Bearer", body=None, timeout=120):
        self.verb, self.url, self.body, self.cut_off = verb, url, body, False
        parts = urllib.parse.urlsplit(url)
        self.target = parts.path + (f"?{parts.query}" if parts.query else "")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        more = {"context": ssl.create_default_context()} if parts.scheme == "https" else {}
        self.connection = kind(parts.hostname, parts.port, timeout=timeout, **more)
        self.headers = {"User-Agent": f"GitHubActionsRunner-linux-x64/{version()} (stand-in)", "Content-Type": "application/json"}
        if bearer:
            self.headers["Authorization"] = f"{scheme} {bearer}"

    def cut(self):
        self.cut_off = True
        try:
            if self.connection.sock is not None:
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def raw(self):
        try:
            self.connection.request(self.verb, self.target, json.dumps(self.body) if self.body is not None else None, self.headers)
            if self.cut_off:
                raise OSError("cut off")
            answer = self.connection.getresponse()
            return answer.status, answer.read(), float(answer.getheader("X-Stand-In-Retry", "30"))
        except http.client.HTTPException as error:
            raise OSError(f"{type(error).__name__}: {error}") from error
        finally:
            self.connection.close()

    def send(self):
        status, raw, retry = self.raw()
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        if status >= 300:
            raise Answered(status, body, f"{self.verb} {self.url}", retry)
        return body
