"""The threads of a worker share a heap: each of their own kept what it once needed."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import ctypes, sys, threading
from workers import memory

memory.keep_small()
libc = ctypes.CDLL(None)
at_once = threading.Barrier(8)


def allocate():
    at_once.wait()
    kept = [bytes(5_000) for _ in range(100)]
    at_once.wait()
    assert kept


threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_info"),
    reason="there is no malloc_info in this C library",
)
def test_many_threads_share_one_heap(tmp_path: Path) -> None:
    file = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", PROGRAM, str(file)], check=True)
    assert file.read_text().count("<heap nr=") == 1
