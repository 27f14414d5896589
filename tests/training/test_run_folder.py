"""The folder of a run: killed, terminated, full, read-only, gone, or wanted by two runs."""

import errno
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading

import kill
import numpy as np
import pytest

import netkit
import netkit.files
from netkit.errors import NetkitError
from netkit.files import CannotWrite, lasting, write_beside
from netkit.files.lock import NAME, locked
from netkit.files.tensors import read_tensors, write_tensors
from netkit.files.text import LogFile
from netkit.interrupts import Terminated, terminating, waiting
from netkit.training.trainer import Trainer

WORDS = "arch=mlp", "arch.hidden=20", "train_size=60", "val_size=20", "threads=1"


def begin(tmp_path, *words):
    """Begin a command as a user would; return its process once three iterations are over."""
    command = [sys.executable, "-m", "netkit.cli", "train", *WORDS, *words]
    run = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not run.stdout.readline().startswith("i=3 "):
        assert run.poll() is None
    return run


def after_first(monkeypatch, act):
    """Have something done when the first iteration of a run is over."""
    pass_over = Trainer.pass_over

    def passing(self):
        pass_over(self)
        if self.iteration == 1:
            act()

    monkeypatch.setattr(Trainer, "pass_over", passing)


# ---- killed and terminated ----


def test_a_killed_run_goes_on_to_the_same_bits():
    done = subprocess.run(
        [sys.executable, kill.__file__, "--kills", "5"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[2]) >= 3
    assert done.stdout.endswith(": the same to the bit\n")


def test_another_bit_is_seen(tmp_path):
    """What compares two runs sees a weight, a result and a half-written file."""
    for name, value in (("a", 1.0), ("b", 1.0 + 2e-16)):
        (tmp_path / name).mkdir()
        meta = {"rows": [{"energy": value, "seconds": 3 * value}]}
        write_tensors(tmp_path / name / "last.safetensors", {"f.W": np.array([value])}, meta)
        (tmp_path / name / "results.csv").write_text(f"energy,seconds\n{value},7\n")
    (tmp_path / "b" / ".best.safetensors.part").write_text("")
    assert kill.different(tmp_path / "a", tmp_path / "a") == []
    assert kill.different(tmp_path / "a", tmp_path / "b") == [
        "in one folder alone: .best.safetensors.part",
        "last.safetensors: other weights",
        "last.safetensors: another description",
        "results.csv: other results",
    ]


def test_sigterm_ends_a_run_as_ctrl_c_does(tmp_path):
    run = begin(tmp_path, "iterations=2000", "hydra.run.dir=run")
    run.send_signal(signal.SIGTERM)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 143
    done = read_tensors(tmp_path / "run" / "last.safetensors")[1]["iteration"]
    assert err.splitlines()[-1] == (
        f"netkit: terminated after {done} of 2000 iterations: "
        f"go on with netkit train resume={tmp_path}/run"
    )
    assert "Traceback" not in err
    assert not (tmp_path / "run" / NAME).exists()


@pytest.mark.skipif(os.name == "nt", reason="needs signals between processes")
def test_what_is_saved_is_saved_whole_before_a_signal_ends_it():
    done = []

    def saving():
        with terminating():
            with waiting():
                os.kill(os.getpid(), signal.SIGTERM)
                done.append("saved")
            done.append("went on")

    with pytest.raises(Terminated):
        saving()
    assert done == ["saved"]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_sigterm_that_somebody_else_answers_is_left_alone():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with terminating():
            assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_threads_may_save():
    """Only the main thread may choose what signals do; a run in another one saves all the same."""
    said = []

    def work():
        with terminating(), waiting():
            said.append("saved")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert said == ["saved"]


# ---- two runs on one folder ----


def test_the_second_run_on_a_folder_is_refused(tmp_path, cli):
    run = begin(tmp_path, "iterations=5000", "hydra.run.dir=run")
    try:
        for words in (["resume=run"], [*WORDS, "iterations=1", "hydra.run.dir=run"]):
            err = cli("train", *words, code=1).stderr
            assert err.startswith(f"netkit: {tmp_path}/run: another run trains in it (process ")
            assert f"process {run.pid} of " in err
            assert err.count("\n") == 1
    finally:
        run.kill()
        run.communicate()
    assert (tmp_path / "run" / NAME).exists()  # it was killed; the system holds no lock any more
    done = read_tensors(tmp_path / "run" / "last.safetensors")[1]["iteration"]
    cli("train", "resume=run", f"iterations={done + 1}")
    assert not (tmp_path / "run" / NAME).exists()


def test_a_lock_holds_in_one_process_too(tmp_path):
    with locked(tmp_path):
        with pytest.raises(NetkitError, match="another run trains in it"), locked(tmp_path):
            pass
        assert (tmp_path / NAME).exists()
    with locked(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_a_folder_without_locks_is_warned_of(tmp_path, monkeypatch, caplog):
    import netkit.files.lock

    def refuse(number):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(netkit.files.lock, "lock", refuse)
    with locked(tmp_path):
        assert "this file system has no locks" in caplog.text


# ---- files that cannot be written ----


@pytest.fixture
def failing(monkeypatch):
    """Let the write of a number fail, from 1, as on a full disk; count the writes."""

    class Failing:
        def __init__(self):
            self.at = self.number = 0
            self.error = errno.ENOSPC

        def __call__(self, path, mode):
            self.number += 1
            if self.number >= self.at > 0:
                raise OSError(self.error, os.strerror(self.error))
            return open(path, mode)

    failing = Failing()
    monkeypatch.setattr(netkit.files, "open", failing, raising=False)
    return failing


def test_a_disk_that_is_full_from_any_write_on_leaves_the_last_checkpoint(tmp_path, failing):
    """config.yaml; last before training; two iterations of weights, best, last and results."""
    netkit.train(*WORDS, iterations=2, folder=tmp_path / "whole")
    writes = failing.number
    assert writes >= 2 + 2 * 4 + 1
    whole = read_tensors(tmp_path / "whole" / "last.safetensors")[0]
    for at in range(1, writes - 1):
        folder, failing.at, failing.number = tmp_path / f"run{at}", at, 0
        with pytest.raises(CannotWrite, match="No space left on device") as error:
            netkit.train(*WORDS, iterations=2, folder=folder)
        assert not list(folder.glob(".*"))
        failing.at = 0
        if at <= 2:  # not even the first weights could be written
            assert str(error.value).endswith("choose another folder") or "nothing was" in str(error)
            continue
        saved = read_tensors(folder / "last.safetensors")[1]["iteration"]
        kept = f"of iteration {saved}" if saved else "from before training"
        assert f"last.safetensors has the weights {kept}: go on with" in str(error.value)
        run = netkit.train(resume=str(folder))
        for name, array in read_tensors(folder / "last.safetensors")[0].items():
            assert np.array_equal(array, whole[name]), (at, name)
        assert len(run.rows) == len((folder / "results.csv").read_text().splitlines()) - 1 == 2


def test_a_disk_that_turns_read_only_is_named(tmp_path, failing):
    failing.at, failing.error = 9, errno.EROFS
    with pytest.raises(CannotWrite, match=r"Read-only file system\): choose") as error:
        netkit.train(*WORDS, iterations=3, folder=tmp_path / "run")
    assert "has the weights of iteration 1: go on with" in str(error.value)


def test_results_are_written_once_there_is_room_again(tmp_path, failing, monkeypatch, caplog):
    """A visualizer that could not write is asked again after the next iteration."""

    def fail_once(trainer, moment):
        if moment == "iteration":
            failing.at = failing.number + 1 if trainer.iteration == 1 else 0
        tell(trainer, moment)
        failing.at = 0

    tell = Trainer.tell
    monkeypatch.setattr(Trainer, "tell", fail_once)
    netkit.train(*WORDS, iterations=2, folder=tmp_path / "run")
    assert "visualizer 'results' failed in iteration: " in caplog.text
    assert len((tmp_path / "run" / "results.csv").read_text().splitlines()) == 3


def test_a_folder_that_was_removed_is_named(tmp_path, monkeypatch):
    after_first(monkeypatch, lambda: shutil.rmtree(tmp_path / "run"))
    with pytest.raises(CannotWrite, match="its folder is gone"):
        netkit.train(*WORDS, iterations=3, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own, where this user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]
    if not mount or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_disk_that_takes_no_more(disk, monkeypatch, caplog):
    """Once the disk takes writes again, the run goes on from its last whole checkpoint."""

    def fill():
        with pytest.raises(OSError, match="No space"), open(disk / "rest", "wb") as file:
            file.write(bytes(1 << 22))

    after_first(monkeypatch, fill)
    with pytest.raises(CannotWrite, match="has the weights of iteration 1: go on with"):
        netkit.train(*WORDS, iterations=3, folder=disk / "run")
    assert caplog.text == ""
    (disk / "rest").unlink()
    run = netkit.train(resume=str(disk / "run"))
    assert [row["iteration"] for row in run.rows] == [1, 2, 3]


def test_a_read_only_disk_is_named(disk, cli):
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    err = cli("train", *WORDS, f"hydra.run.dir={disk}/run", code=1).stderr
    assert err == f"netkit: {disk}/run: Read-only file system: choose another place\n"


DROPPED = "-dac_override,-dac_read_search,-fowner"  # root without the right to write anywhere


def test_a_foreign_folder_is_refused_in_one_line(tmp_path):
    """A folder that another user owns, at the start: of the run, and over it."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    command = [sys.executable, "-m", "netkit.cli", "train", *WORDS]
    if os.geteuid():
        foreign.chmod(0o555)
    elif shutil.which("setpriv"):
        os.chown(foreign, 65534, 65534)
        command = ["setpriv", "--bounding-set", DROPPED, *command]
    else:
        pytest.skip("needs setpriv, to be somebody who may not write everywhere")
    for folder in (foreign, foreign / "run"):
        done = subprocess.run(
            [*command, f"hydra.run.dir={folder}"], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert done.stderr.startswith(f"netkit: {folder}")
        assert done.stderr.endswith("Permission denied: choose another place\n")
        assert done.stderr.count("\n") == 1
    assert not list(foreign.iterdir())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_log_on_a_full_disk_costs_one_line(capsys):
    log = LogFile("/dev/full")
    for _ in range(2):
        log.handle(logging.LogRecord("netkit", logging.INFO, "", 0, "hello", (), None))
    with pytest.raises(OSError, match="No space"):
        log.close()  # what is left is tried once more
    assert capsys.readouterr().err == "netkit: /dev/full: not whole: No space left on device\n"


@pytest.fixture
def calls(monkeypatch):
    """What files were synced and renamed, in order."""
    calls = []

    class Watched:
        def __getattr__(self, name):
            return getattr(os, name)

        def fsync(self, number):
            calls.append(os.path.basename(os.readlink(f"/proc/self/fd/{number}")))
            os.fsync(number)

        def replace(self, part, path):
            calls.append(f"-> {path.name}")
            os.replace(part, path)

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    monkeypatch.setattr(netkit.files, "os", Watched())
    return calls


def test_lasting_files_are_synced_before_they_get_their_names(tmp_path, calls):
    """The contents, then the name, at last the folder; of other files nothing waits."""
    write_beside(tmp_path / "plain", b"1")
    with lasting():
        write_beside(tmp_path / "a", b"1")
        write_beside(tmp_path / "b", b"2")
    expected = ["-> plain", ".a.part", "-> a", ".b.part", "-> b", tmp_path.name]
    assert calls == expected


def test_all_that_an_iteration_leaves_is_synced(tmp_path, calls):
    netkit.train(*WORDS, iterations=1, folder=tmp_path / "run")
    names = "mlp_net00001.safetensors", "best.safetensors", "last.safetensors", "results.csv"
    for name in names:
        at = max(k for k, call in enumerate(calls) if call == f"-> {name}")
        assert calls[at - 1] == f".{name}.part", calls
        assert "run" in calls[at:], calls
