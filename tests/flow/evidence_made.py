"""Evidence bundles made from nothing but a size and a seed, with payloads of one and of several people."""

import hashlib
import io
import random
import zipfile
from importlib.resources import files as package_files

from bailiwick.ledger import bundle, canonical, proof
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.commitment import commit
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import Signer, sign

SIGNER = Signer("acme.example/log", hashlib.sha256(b"the seed of a test").digest())
SCRIPT = package_files("bailiwick.flow").joinpath("auditor.py").read_bytes()


class Record:
    """A log on its way into a bundle."""

    def __init__(self, size, seed=1):
        self.chance = random.Random(seed)
        self.entries, self.payloads, self.documents = [], {}, {}
        charter = canonical.encode({"charter": "lead-router", "text": "über Zoë \u007f\u0001\n"})
        if size:
            self.documents[canonical.digest(charter)] = charter
        self.charter = canonical.digest(charter)
        for number in range(size):
            self.add("action.intended", {"n": number}, {"to": f"p{number}@acme.example"} if number % 3 == 0 else None)

    def keep(self, value):
        salt, body = self.chance.randbytes(32), canonical.encode_sorted(value)
        name = commit(salt, body)
        self.payloads[name] = (salt, body)
        return name

    def add(self, kind, data, payload=None, at_us=0):
        number = len(self.entries)
        event = {"id": f"evt-{number}", "at_us": at_us or 1_790_000_000_000_000 + number, "type": kind, "data": data}
        event["documents"] = [self.charter]
        if payload is not None:
            event["payload"] = {"commitment": self.keep(payload), "class": "customer"}
        self.entries.append(canonical.encode(event))

    def bundle(self):
        """The files of the bundle."""
        export = bundle.build(self.entries, self.note(self.entries), SIGNER.vkey, self.payloads, self.documents)
        files = {"verify.py": SCRIPT} | {f"record/{path}": data for path, data in export.items()}
        if self.entries:
            files["record/anchor/9-witness-north.note"] = self.note(self.entries)
        return files | certified(files, self.entries)

    @staticmethod
    def note(entries, signer=SIGNER):
        return sign(Checkpoint(signer.name, len(entries), Tree(map(leaf_hash, entries)).root()).format(), signer)


def certified(files, entries, signer=SIGNER):
    """The manifest of these files, and the proof that the log, one entry on, names it."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items())
    manifest = "".join(lines).encode()
    data = {"manifest": canonical.digest(manifest), "size": len(entries), "files": len(files)}
    last = canonical.encode({"id": "evt-last", "type": "record.bundled", "data": data})
    tree = Tree(map(leaf_hash, [*entries, last]))
    note = sign(Checkpoint(signer.name, tree.size, tree.root()).format(), signer)
    shown = proof.make(tree.size - 1, tree.inclusion(tree.size - 1, tree.size), note, last)
    return {"manifest.sha256": manifest, "manifest.tlog-proof": shown}


def write(files, folder):
    """The bundle as a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zipped(files):
    """The bundle as a zip."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()
