"""Files of the last run, by their names alone."""

from pathlib import Path

import pytest

from netkit.errors import NetkitError
from netkit.files.runs import in_last_run, remove_unused


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Three runs, made in another order than their dates."""
    monkeypatch.chdir(tmp_path)
    for name in ("2026-02-01/00-10-00", "2026-01-31/23-59-59", "2026-02-01/00-09-00"):
        (tmp_path / "outputs" / name).mkdir(parents=True)
    (tmp_path / "outputs/2026-01-31/23-59-59/a_net00005.mat").touch()
    (tmp_path / "outputs/2026-02-01/00-09-00/a_net00005.mat").touch()
    (tmp_path / "outputs/2026-02-01/00-09-00/a_net00006.mat").touch()
    return tmp_path


def test_the_last_one_that_has_it(runs):
    found = in_last_run(Path("a_net00005.mat"))
    assert found == Path("outputs/2026-02-01/00-09-00/a_net00005.mat")


def test_a_file_here_comes_first_and_a_path_is_a_path(runs):
    Path("a_net00005.mat").touch()
    assert in_last_run(Path("a_net00005.mat")) == Path("a_net00005.mat")
    assert in_last_run(Path("x/a_net00006.mat")) == Path("x/a_net00006.mat")


def test_what_there_is_instead_is_said(runs):
    with pytest.raises(NetkitError, match=r"the last one has a_net00006\.mat: weights=a_net00006"):
        in_last_run(Path("a_net00010.mat"))
    assert in_last_run(Path("a.npz")) == Path("a.npz")  # said where it is read


def test_remove_unused(runs):
    (runs / "outputs/2026-02-01/00-10-00/train.log").touch()
    remove_unused(runs / "outputs/2026-02-01/00-10-00")
    assert not (runs / "outputs/2026-02-01/00-10-00").exists()
    remove_unused(runs / "outputs/2026-02-01/00-09-00")
    assert (runs / "outputs/2026-02-01/00-09-00/a_net00006.mat").exists()
