"""A file server on 127.0.0.1 that misbehaves on request."""

import contextlib
import hashlib
import random
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer(ThreadingHTTPServer):
    """Serves ``content``; ``script`` holds one behaviour per request to come, then all is well.

    A behaviour is ``(kind, argument)``: ``stall``, ``truncate`` (after so many bytes), ``length`` (claim so many),
    ``status``, ``redirect`` (to), ``html``, ``unsized`` (no length, ends after so many), ``encoded`` (mislabelled).
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = random.Random(7).getrandbits(8 * 200000).to_bytes(200000, "big")
        self.script = []
        self.requests = []
        self.ranges = True
        self.etag = True
        self.pause = 0.0
        self.released = threading.Event()

    def url(self, path="model.bin"):
        return "http://127.0.0.1:{}/{}".format(self.server_address[1], path)

    @property
    def sha256(self):
        return hashlib.sha256(self.content).hexdigest()

    def handle_error(self, request, client_address):
        """A client killed on purpose is no news."""


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        server.requests.append((self.path, self.headers.get("Range")))
        kind, argument = server.script.pop(0) if server.script else ("ok", None)
        if kind == "status":
            self.send_error(argument)
        elif kind == "redirect":
            self.send_response(302)
            self.send_header("Location", argument)
            self.end_headers()
        elif kind == "html":
            self._send(b"<html>Please log in to the hotel's network</html>", kind, argument)
        else:
            self._send(server.content, kind, argument)

    def _send(self, content, kind, argument):
        etag = '"{}"'.format(hashlib.sha256(content).hexdigest()[:16])
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", etag) == etag
        start = int(asked.group(1)) if asked and self.server.ranges and same else 0
        if start >= len(content) > 0 and start:
            self.send_response(416)
            self.send_header("Content-Range", "bytes */{}".format(len(content)))
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", "bytes {}-{}/{}".format(start, len(content) - 1, len(content)))
        if self.server.etag:
            self.send_header("ETag", etag)
        body = content[start:]
        if kind != "unsized":
            self.send_header("Content-Length", str(argument if kind == "length" else len(body)))
        if kind == "encoded":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if kind in ("truncate", "stall", "unsized"):
            body = body[:argument]
        for at in range(0, len(body), 10000):
            self.wfile.write(body[at : at + 10000])
            time.sleep(self.server.pause)
        self.wfile.flush()
        if kind == "stall":
            self.server.released.wait(20)


@contextlib.contextmanager
def serving():
    """Yield a server that answers from a thread; it ends with the block."""
    running = FileServer()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.released.set()
        running.shutdown()
        running.server_close()
