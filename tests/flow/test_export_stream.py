"""Exports are written while they are read: whole zips of any number of files, and memory that does not grow."""

import asyncio
import io
import tracemalloc
import zipfile

import pytest

from bailiwick.flow.export import export_files, export_stream, signed_head, zipped
from bailiwick.flow.zip_stream import ZipStream
from bailiwick.ledger import bundle
from bench.outside.log import grown
from bench.populated import open_populated, work


def opened(data):
    return zipfile.ZipFile(io.BytesIO(data))


@pytest.mark.parametrize("count", [0, 1, 300, 70_000])
def test_a_zip_of_any_number_of_files_is_whole(count):
    files = [(f"folder/{number}.txt", b"%d" % number * (number % 50)) for number in range(count)]
    data = b"".join(zipped(files))
    with opened(data) as archive:
        assert archive.testzip() is None
        assert [(info.filename, archive.read(info)) for info in archive.infolist()] == files
    assert b"".join(zipped(files)) == data


def test_a_file_beyond_four_gigabytes_is_found_again():
    with ZipStream() as archive:
        archive._at = 5 << 30  # as if so much had been written before
        data = archive.add("late.txt", b"still here")
        data += b"".join(archive.add_stored("later.txt", io.BytesIO(b"and here")))
        data += b"".join(archive.end())
    with opened(data) as found:
        assert [info.file_size for info in found.infolist()] == [10, 8]
        assert (found.read("late.txt"), found.read("later.txt")) == (b"still here", b"and here")


def test_names_are_utf_8_and_what_does_not_shrink_is_kept():
    with opened(b"".join(zipped([("Zoë.txt", bytes(range(256)) * 4)]))) as found:
        assert found.read("Zoë.txt") == bytes(range(256)) * 4


def test_the_stream_has_the_files_of_the_export(tmp_path):
    async def go():
        made = await open_populated(tmp_path)
        await work(made, 1)
        try:
            stream = list(export_stream(made.reader, made.log_key, signed_head(made.reader)))
            assert len(stream) == len(dict(stream))
            assert dict(stream) == export_files(made.reader, made.log_key)
            assert bundle.verify(dict(stream), made.log_key) == []
        finally:
            made.close()

    asyncio.run(go())


def test_exporting_five_times_the_log_takes_no_more_memory(tmp_path):
    async def peaks():
        made, found = await open_populated(tmp_path), []
        try:
            for size in (4_000, 20_000):
                await grown(made, size)
                head = signed_head(made.reader)
                tracemalloc.start()
                assert sum(map(len, zipped(export_stream(made.reader, made.log_key, head)))) > size
                found.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
            return found
        finally:
            made.close()

    small, large = asyncio.run(peaks())
    assert large < small * 1.3 < 8 << 20
