"""Nothing grows: the short form of scripts/leaks.py."""

import re
import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_memory_files_and_threads_stay_as_they_are():
    leaks = pytest.importorskip("leaks", reason="needs netkit[play]")
    words = ["--iterations", "30", "--images", "80", "--requests", "300"]
    command = [sys.executable, leaks.__file__, *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    jobs = [line.split(",")[0] for line in done.stdout.splitlines()]
    assert jobs == ["train", "detect", "classify", "play"]
    kept = re.findall(r"(\S+) open files, (\S+) threads", done.stdout)
    assert len(kept) == 4  # fewer at the end is well: a server's thread may have gone meanwhile
    assert max(int(number) for numbers in kept for number in numbers) == 0


def test_a_leak_is_seen(capsys):
    leaks = pytest.importorskip("leaks")
    kept = []
    before, after = leaks.repeated(lambda number: kept.append(bytearray(1_000_000)), 40)
    assert leaks.report("keep", before, after)
    assert re.search(r"keep: \+(19|20|21)\.", capsys.readouterr().out)
    files = []
    before, after = leaks.repeated(lambda number: files.append(open(__file__)), 40)  # noqa: SIM115
    assert leaks.report("open", before, after)
    for file in files:
        file.close()
