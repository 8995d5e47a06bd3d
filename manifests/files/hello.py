#!/usr/bin/python3
"""Answers every GET with a greeting and the host's load."""

import http.server
import os


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = f"{os.environ['GREETING']}, load {os.getloadavg()[0]:.2f}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Hello).serve_forever()
