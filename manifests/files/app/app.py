#!/usr/bin/env python3
"""A small web service, the example of manifests/app-deploy.yaml: /health says whether it is well, /version which release it is."""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RELEASE = Path(__file__).resolve().parent


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        # A release that is not well says so by a file of its own.
        well = not (RELEASE / "broken").exists()
        if self.path == "/health":
            self.answer(200 if well else 503, {"status": "UP" if well else "DOWN"})
        elif self.path == "/version":
            self.answer(200, {"version": VERSION})
        else:
            self.answer(404, {"error": "not found"})

    def answer(self, status, what):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    VERSION = (RELEASE / "version.txt").read_text(encoding="utf-8").strip()
    ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Handler).serve_forever()
