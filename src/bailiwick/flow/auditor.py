#!/usr/bin/env python3
"""Verify an evidence bundle of a Bailiwick record, with nothing but Python 3.9 or newer.

    python3 -I verify.py [BUNDLE] [--key VKEY]

BUNDLE is the folder or the zip; without it, the folder of this script. VKEY is the log's public key as you got it from
somebody you trust: without it the bundle is only shown to agree with its own key, which a forger could have made, as
this script could be another: read it. Formats: c2sp.org (notes, checkpoints, tiles, proofs), RFC 6962, RFC 8032.
Exit status 0: every byte was checked and holds. 1: something does not, by file. 2: there is no bundle.
"""

# fmt: off
from __future__ import annotations  # an auditor's Python may be older than ours

import base64
import hashlib
import hmac
import json
import re
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, Iterator  # noqa: UP035  # see above

CHECKPOINT, VKEY = "record/checkpoint", "record/log.vkey"
WIDTH = 256  # hashes or entries in a full tile
LIMITS = {"record/payload/": 64 << 20, "record/tile/entries/": WIDTH * 65_537, "manifest": 1 << 30}
MARK = re.compile(rb'\{"~segment":"([0-9a-f]{64})"\}')  # stands in a payload for a part that can be erased by itself

class Wrong(Exception):
    """What is wrong with one file."""
class Bundle:
    """The files of a folder or a zip, by path. What a file claims to hold is limited before any of it is read."""

    def __init__(self, path: Path) -> None:
        self.path, self.zip = path, None if path.is_dir() else zipfile.ZipFile(path)
        there = [each for each in path.rglob("*") if each.is_symlink() or not each.is_dir()]
        plain = {each for each in there if each.is_file() and not each.is_symlink()}
        found = [(each.relative_to(path).as_posix(), each.stat().st_size if each in plain else -1) for each in there]
        self.sizes: dict[str, int] = {}  # -1: no plain file, or there twice
        for name, size in [(each.filename, each.file_size) for each in self.zip.infolist()] if self.zip else found:
            self.sizes[name] = -1 if name in self.sizes else size

    def read(self, name: str) -> bytes:
        size = self.sizes.get(name)
        most = next((most for start, most in LIMITS.items() if name.startswith(start)), 16 << 20)
        if size is None or not 0 <= size <= most:
            claim = f"it claims {size} bytes; at most {most} are read" if size else "the file is missing"
            raise Wrong("it is no plain file, or is there twice" if size == -1 else claim)
        try:
            with self.zip.open(name) if self.zip else (self.path / name).open("rb") as file:
                return bytes(file.read(most + 1))
        except (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
            raise Wrong(f"it cannot be read: {error}") from None

# Ed25519 (RFC 8032, section 5.1), with points as (x, y)
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    k = D * a[0] * b[0] * a[1] * b[1] % P
    x, y = a[0] * b[1] + b[0] * a[1], a[1] * b[1] + a[0] * b[0]
    return x * pow(1 + k, -1, P) % P, y * pow(1 - k, -1, P) % P

def times(count: int, point: tuple[int, int]) -> tuple[int, int]:
    if count == 0:
        return 0, 1
    rest = times(count >> 1, add(point, point))
    return add(rest, point) if count & 1 else rest

def point_of(data: bytes) -> tuple[int, int]:
    sign, y = data[31] >> 7, int.from_bytes(data, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        raise Wrong("the public key is no point of the curve")
    return (P - x if x & 1 != sign else x), y

def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    s, (x, y) = int.from_bytes(signature[32:], "little"), point_of(public)
    x, y = add(times(s % ORDER, point_of(b"\x58" + b"\x66" * 31)), times(k, (P - x, y)))
    return len(signature) == 64 and s < ORDER and signature[:32] == (y | (x & 1) << 255).to_bytes(32, "little")

def unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode(), validate=True)
    except ValueError:
        data = b""
    if base64.b64encode(data).decode() != text:
        raise Wrong(f"`{text[:80]}` is not canonical base64")
    return data

def parse_key(vkey: str) -> tuple[str, bytes, bytes]:
    name, stated, encoded = ([*vkey.split("+", 2), "", ""])[:3]
    data = unbase64(encoded)
    if len(data) != 33 or data[0] != 1 or hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8] != stated:
        raise Wrong("it is not the public key of a log: name+hash+key")
    return name, data[1:], bytes.fromhex(stated)

def open_checkpoint(note: bytes, key: tuple[str, bytes, bytes]) -> tuple[int, bytes]:
    """The size and the root that the log signed. Cosignatures of others are left to other tools."""
    text = note.decode("utf-8", "replace")
    form = re.fullmatch("(.+)\n(0|[1-9][0-9]{0,17})\n(.+)\n\n((?:\u2014 [^ \n]+ [^ \n]+\n)+)", text)
    if not form or form[1] != key[0]:
        raise Wrong(f"it is not a signed checkpoint of `{key[0]}`: its name, a size, a root, an empty line, signatures")
    lines = [(line.split(" ")[1], unbase64(line.split(" ")[2])) for line in form[4][:-1].split("\n")]
    ours = [data[4:] for name, data in lines if (name, data[:4]) == (key[0], key[2])]
    if not ours or not all(signed_by(key[1], note[: note.index(b"\n\n") + 1], one) for one in ours):
        raise Wrong(f"the signature of `{key[0]}` is missing or does not match the text")
    return int(form[2]), unbase64(form[3])

def hashed(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()

def root_of(hashes: list[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashed(root_of(hashes[:half]), root_of(hashes[half:]))

def climbed(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes:
    """The root to which a proof leads from a leaf hash (RFC 9162, section 2.1.3); nothing where it is no such proof."""
    if size < 2 or not proof:
        return leaf if index == 0 and size == 1 and not proof else b""
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return hashed(climbed(index, half, leaf, proof[:-1]), proof[-1])
    return hashed(proof[-1], climbed(index - half, size - half, leaf, proof[:-1]))

def whole(text: str) -> int:
    if not re.fullmatch("-?[0-9]{1,16}", text) or abs(int(text)) >= 2**53:
        raise ValueError(f"the number `{text[:40]}` is not whole and exact")
    return int(text)

def canonical(data: bytes) -> Any:
    """The JSON object of these bytes, if they are its one canonical text (RFC 8785, whole numbers only)."""
    try:
        value = json.loads(data.decode(), parse_int=whole, parse_float=whole, parse_constant=whole)
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Wrong(f"it is not canonical json: {error}") from None
    if text != data or not isinstance(value, dict):
        raise Wrong("it is not a canonical json object")
    return value

def tiles(kind: object, count: int) -> Iterator[tuple[str, int, int]]:
    """The path, the first member and the width of every tile of a level that has `count` members (tlog-tiles)."""
    for start in range(0, count, WIDTH):
        index, width = start // WIDTH, min(WIDTH, count - start)
        place = f"{index % 1000:03d}"
        while index >= 1000:
            index //= 1000
            place = f"x{index % 1000:03d}/{place}"
        yield f"record/tile/{kind}/{place}" + ("" if width == WIDTH else f".p/{width}"), start, width

class Audit:
    """One pass over a bundle. `wrong` is what does not hold, by file; `first` is the first wrong entry of the log."""

    def __init__(self, bundle: Bundle, vkey: str) -> None:
        self.bundle, self.size, self.gone, self.first = bundle, 0, 0, "none is wrong by itself, see above"
        self.wrong, self.known = set[str](), {"verify.py", "manifest.sha256", "manifest.tlog-proof"}
        self.erased: dict[str, int] = {}  # commitments that the record says were erased, and the entry that says so
        self.pruned: dict[str, int] = {}  # data classes, and up to which time their payloads were removed
        self.absent: list[tuple[str, int, str, int]] = []  # file, entry that relies on it, and its data class and time
        own = self.read(VKEY).decode("utf-8", "replace")
        if own != (vkey or own[:-1]) + "\n":
            self.say(VKEY, "it is not one line with the key that you gave, or any")
        self.tried(VKEY, self.check, vkey or own[:-1])

    def say(self, name: str, what: object) -> None:
        self.wrong.add(f"{name}: {what}")

    def tried(self, name: str, step: Any, *values: Any) -> Any:
        try:
            return step(*values)
        except Wrong as error:
            self.say(name, error)

    def read(self, name: str) -> bytes:
        self.known.add(name)
        return self.tried(name, self.bundle.read, name) or b""

    def check(self, vkey: str) -> None:
        key = parse_key(vkey)
        head = self.tried(CHECKPOINT, open_checkpoint, self.read(CHECKPOINT), key)
        if head and head[0] // WIDTH > len(self.bundle.sizes):
            self.say(CHECKPOINT, f"it states {head[0]} entries, far more than the bundle holds")
        elif head:
            self.check_tree(*head)
            self.check_files()
        self.tried("manifest.tlog-proof", self.check_manifest, key)

    def check_tree(self, size: int, root: bytes) -> None:
        self.size, ours = size, list[bytes]()
        for path, start, width in tiles("entries", size):
            data, at = self.read(path), 0
            while at < len(data) and len(ours) < start + width:
                begin, at = at + 2, at + 2 + int.from_bytes(data[at : at + 2], "big")
                ours.append(hashlib.sha256(b"\x00" + data[begin:at]).digest())
                self.tried(path, self.check_entry, len(ours) - 1, data[begin:at])
            if at != len(data) or len(ours) != start + width:
                self.say(path, f"entry {len(ours)} is missing: it does not hold {width} whole entries")
            ours += [b""] * (start + width - len(ours))
        hashes, level, stated, differing = ours, 0, list(ours), set()
        while hashes:
            for path, start, width in tiles(level, len(hashes)):
                data = self.read(path)
                differing |= {path} if data != b"".join(hashes[start : start + width]) else set()
                if level == 0:
                    stated[start : start + width] = [data[at : at + 32] for at in range(0, width * 32, 32)]
            level, ends = level + 1, range(WIDTH, len(hashes) + 1, WIDTH)
            hashes = [root_of(hashes[end - WIDTH : end]) for end in ends]
        if root_of(ours) == root:
            self.wrong |= {f"{path}: it does not hold the hashes of the entries below it" for path in differing}
        elif root_of(stated) != root:
            self.say(CHECKPOINT, "neither the entries nor the tiles make up the root that it states")
        else:
            wrong = [(at, path) for path, start, width in tiles("entries", size)
                     for at in range(start, start + width) if ours[at] != stated[at]]
            self.wrong |= {f"{path}: entry {at} is not the one that was signed" for at, path in wrong}
            self.first = f"entry {wrong[0][0]}, in {wrong[0][1]}"

    def check_entry(self, index: int, leaf: bytes) -> None:
        try:
            event = canonical(leaf)
            payload, data = event.get("payload") or {}, event.get("data") or {}
            for name in event.get("documents") or []:
                path = f"record/document/{name[7:]}.json"
                if path not in self.known and "sha256:" + hashlib.sha256(self.read(path)).hexdigest() != name:
                    self.say(path, "it does not have the digest that names it")
            if event.get("type") == "record.pruned":
                self.pruned[data["class"]] = max(data["until_us"], self.pruned.get(data["class"], 0))
            if payload.get("commitment") is not None:
                body = self.payload(payload["commitment"], index, payload.get("class", ""), int(event.get("at_us", 0)))
                for mark in MARK.findall(body):
                    self.payload(mark.decode(), index, "", 0)
                if event.get("type") == "subject.erased" and body:
                    self.erased.update((name, index) for name in json.loads(body.decode())["erased"])
        except (Wrong, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise Wrong(f"entry {index} is no event: {error}") from None

    def payload(self, name: str, index: int, kind: str, at_us: int) -> bytes:
        """The body that an entry, or the payload of several people, commits to; nothing where it is not there."""
        path = f"record/payload/{name}"
        if path not in self.bundle.sizes:
            self.absent.append((path, index, kind, at_us))
            return b""
        data = self.read(path)
        salt = bytes.fromhex(data[:64].decode()) if re.match(rb"[0-9a-f]{64}\n", data) else b""
        if not salt or hmac.new(salt, data[65:], "sha256").hexdigest() != name:
            self.say(path, "its salt and its body do not make up the commitment that names it")
        return data[65:]

    def check_files(self) -> None:
        for path, index, kind, at_us in self.absent:
            if self.erased.get(path[15:], -1) > index or at_us < self.pruned.get(kind, 0):
                self.gone += 1
            else:
                self.say(path, "the file is missing, and the record does not say that it was erased")
        # what others hold of earlier heads is held against the manifest alone: judging it takes their keys
        for path in {name for name in self.bundle.sizes if not name.startswith("record/anchor/")} - self.known:
            self.say(path, "nothing accounts for this file")

    def check_manifest(self, key: tuple[str, bytes, bytes]) -> None:
        """Hold every file against the manifest, and the manifest against the event of the log that names it."""
        head, _, note = self.bundle.read("manifest.tlog-proof").decode("utf-8", "replace").partition("\n\n")
        form = re.fullmatch(r"c2sp\.org/tlog-proof@v1\nextra (.+)\nindex ([0-9]{1,18})((?:\n.+){0,63})", head)
        if not form:
            raise Wrong("it is not a proof that carries its entry")
        size, root = open_checkpoint(note.encode(), key)
        leaf, proof = unbase64(form[1]), [unbase64(line) for line in form[3].split("\n")[1:]]
        if climbed(int(form[2]), size, hashlib.sha256(b"\x00" + leaf).digest(), proof) != root:
            raise Wrong("its hashes do not lead from its entry to the signed root")
        manifest, event = self.read("manifest.sha256"), canonical(leaf)
        named = event["data"].get("manifest") if event.get("type") == "record.bundled" else ""
        if named != "sha256:" + hashlib.sha256(manifest).hexdigest():
            raise Wrong("its entry does not name this manifest")
        for digest, _, path in (line.partition("  ") for line in manifest.decode().splitlines()):
            if hashlib.sha256(self.read(path)).hexdigest() != digest:
                self.say(path, "it is not what the manifest says")

def main(arguments: list[str]) -> int:
    vkey = arguments.pop(arguments.index("--key") + 1) if "--key" in arguments[:-1] else ""
    path = Path([*[one for one in arguments if one != "--key"], str(Path(__file__).parent)][0])
    try:
        audit = Audit(Bundle(path), vkey.strip())
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        print(f"there is no whole bundle at `{path}`: {error}")
        return 2
    signer = "the key that you gave" if vkey else "the bundle's own key: compare it with one from elsewhere"
    verdict = f"VERIFIED: {audit.size} entries, {len(audit.known)} files, {audit.gone} payloads erased on the record."
    failed = f"NOT VERIFIED. The first wrong entry: {audit.first}."
    print("\n".join([*sorted(audit.wrong), failed] if audit.wrong else [verdict, f"Signed by {signer}."]))
    return 1 if audit.wrong else 0
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
