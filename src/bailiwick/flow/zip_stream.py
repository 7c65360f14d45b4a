"""A zip written while its files come: its directory waits on the disk, so memory stays flat for a million files."""

import struct
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO, Final, Self

_DATE: Final = 0x21  # the first of January 1980: the same files make the same zip
_UTF8: Final = 0x800
_STORED: Final = 0
_DEFLATED: Final = 8
_PLAIN_FILE: Final = 0o100644 << 16
_CHUNK: Final = 256 * 1024
_SPOOLED: Final = 4 * 1024 * 1024
_MAX16: Final = 0xFFFF
_MAX32: Final = 0xFFFFFFFF


class ZipStream:
    """What `add`, `add_stored` and `end` give, one after another, is the zip (APPNOTE 6.3, with its 64-bit fields).

    A context manager: its directory is closed however the stream ends.
    """

    def __init__(self) -> None:
        self._at = 0
        self._count = 0
        self._directory = tempfile.SpooledTemporaryFile(max_size=_SPOOLED)  # noqa: SIM115  # closed by `__exit__`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.close()

    def add(self, name: str, data: bytes) -> bytes:
        """A file, packed."""
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(data) + packer.flush()
        return self._begin(name, _DEFLATED, zlib.crc32(data), len(packed), len(data)) + packed

    def add_stored(self, name: str, file: IO[bytes]) -> Iterator[bytes]:
        """A file of any size up to 4 GB, from its start, as it is."""
        check, size = 0, 0
        file.seek(0)
        while chunk := file.read(_CHUNK):
            check, size = zlib.crc32(chunk, check), size + len(chunk)
        yield self._begin(name, _STORED, check, size, size)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk

    def end(self) -> Iterator[bytes]:
        """The directory; nothing can be added after it."""
        start, length = self._at, self._directory.tell()
        self._directory.seek(0)
        while chunk := self._directory.read(_CHUNK):
            yield chunk
        count = self._count
        yield struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, start)
        yield struct.pack("<4sIQI", b"PK\6\7", 0, start + length, 1)
        few, small = min(count, _MAX16), min(length, _MAX32)
        yield struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, few, few, small, min(start, _MAX32), 0)

    def _begin(self, name: str, method: int, check: int, packed: int, size: int) -> bytes:
        if size > _MAX32 - 1:
            raise ValueError(f"the file `{name}` is too large for a bundle")
        path = name.encode()
        common = struct.pack("<HHHHHIII", 45, _UTF8, method, 0, _DATE, check, packed, size)
        far = self._at >= _MAX32
        extra = struct.pack("<HHQ", 1, 8, self._at) if far else b""
        place = _MAX32 if far else self._at
        rest = struct.pack("<HHHHHII", len(path), len(extra), 0, 0, 0, _PLAIN_FILE, place)
        self._directory.write(b"PK\1\2" + struct.pack("<H", 3 << 8 | 45) + common + rest + path + extra)
        head = b"PK\3\4" + common + struct.pack("<HH", len(path), 0) + path
        self._at += len(head) + packed
        self._count += 1
        return head
