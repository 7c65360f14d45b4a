"""A small witness as the C2SP tlog-witness text asks for one, sharing no code with the client under test.

The outside witness of `make outside` needs Python 3.12; this one is for the unit tests, on Python 3.11.
"""

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.ledger.cosigning import WitnessKey

NOW = 1_795_342_800


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def consistent(old, size, old_root, root, proof):
    """RFC 9162, section 2.1.4.2, word by word."""
    if old == size:
        return not proof and old_root == root
    if old == 0:
        return not proof
    path = ([old_root] if old & (old - 1) == 0 else []) + proof
    if not path:
        return False
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for each in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(each, fr), node(each, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, each)
        fn, sn = fn >> 1, sn >> 1
    return fr == old_root and sr == root and sn == 0


class WitnessServer:
    """Cosigns for one log; `with` it, and ask at `url`. `misbehave` maps a status and body to answer with instead."""

    def __init__(self, name, log_vkey, kind=4):
        self.key = WitnessKey(name, kind)
        self.origin, _, self._log = log_vkey.partition("+")
        self._log_key = base64.b64decode(self._log.partition("+")[2])[1:]
        self.size, self.root = 0, b""
        self.asked = []
        self.misbehave = None
        self._turn = threading.Lock()

    def add(self, body):
        head, _, note = body.decode().partition("\n\n")
        first, *proof = head.split("\n")
        assert first.startswith("old ")
        old, text = int(first[4:]), note[: note.index("\n\n") + 1]
        self.asked.append(old)
        origin, size, root = text.split("\n")[:3]
        if origin != self.origin:
            return 404, "", b"unknown log\n"
        if not self._signed(text, note):
            return 403, "", b"unknown key\n"
        size, root = int(size), base64.b64decode(root)
        if old > size:
            return 400, "", b"old is larger\n"
        with self._turn:
            if old != self.size or (old == size and self.size and root != self.root):
                return 409, "text/x.tlog.size", b"%d\n" % self.size
            if not consistent(old, size, self.root, root, [base64.b64decode(each) for each in proof]):
                return 422, "", b"no proof\n"
            self.size, self.root = size, root
        return 200, "text/plain", f"{self.key.cosign_text(text, NOW).line}\n".encode()

    def _signed(self, text, note):
        for line in note[note.index("\n\n") + 2 :].splitlines():
            name, _, signature = line[2:].partition(" ")
            if name == self.origin:
                try:
                    Ed25519PublicKey.from_public_bytes(self._log_key).verify(
                        base64.b64decode(signature)[4:], text.encode()
                    )
                except InvalidSignature:
                    continue
                return True
        return False

    def __enter__(self):
        witness = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, media, told = witness.answer(self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", media or "text/plain")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/tlog"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def answer(self, path, body):
        if self.misbehave is not None:
            return self.misbehave
        return self.add(body) if path == "/tlog/add-checkpoint" else (404, "", b"no such page\n")

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
