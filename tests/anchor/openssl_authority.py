"""A real timestamp authority: openssl makes the tokens, a small HTTP server hands them out."""

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamp]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = one
[one]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """`with` it; ask at `url`, trust `root` (pem)."""

    def __init__(self, folder, chain=False):
        self.folder = folder
        folder.mkdir()
        (folder / "conf").write_text(CONFIG)
        (folder / "serial").write_text("01\n")
        for name, subject, extensions, issuer in (
            ("root", "/O=Acme/CN=Acme Root", "root", ()),
            ("tsa", "/O=Acme/CN=Acme Time", "stamp", ("-CA", "root.pem", "-CAkey", "root.key")),
        ):
            self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
            self._openssl(
                *("req", "-x509", "-new", "-key", f"{name}.key", "-subj", subject, "-days", "30", "-config", "conf"),
                *("-extensions", extensions, "-out", f"{name}.pem", *issuer),
            )
        self.root = (folder / "root.pem").read_text()
        self.more = ("-chain", "root.pem") if chain else ()
        self.change = lambda token: token

    def stamp(self, query):
        (self.folder / "query").write_bytes(query)
        self._openssl(
            *("ts", "-reply", "-config", "conf", "-section", "one", "-queryfile", "query", "-inkey", "tsa.key"),
            *("-signer", "tsa.pem", "-out", "reply", *self.more),
        )
        return self.change((self.folder / "reply").read_bytes())

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def __enter__(self):
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                assert self.headers["Content-Type"] == "application/timestamp-query"
                token = authority.stamp(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(token)))
                self.end_headers()
                self.wfile.write(token)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
