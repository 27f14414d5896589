"""What the tests share: the backends that answer here, the folder of reference data, the command
line.
"""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netkit.errors import NetkitError
from netkit.registry import Registry

os.environ.setdefault(
    "NETKIT_CACHE", "/nonexistent/netkit-cache"
)  # no test depends on what a user downloaded
ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def logging_as_before():
    """Undo what a command that runs in this process does to logging."""
    loggers = [logging.getLogger(name) for name in (None, "netkit")]
    before = [(each, each.level, each.handlers[:], each.propagate) for each in loggers]
    yield
    for each, level, handlers, propagate in before:
        for added in set(each.handlers) - set(handlers):
            added.close()
        each.setLevel(level)
        each.handlers[:], each.propagate = handlers, propagate


@pytest.fixture(scope="session")
def registry():
    found = Registry()
    if "eblearn" not in found.names():
        pytest.exit("pyproject's entry points have changed since the install: pip install -e .", 1)
    return found


@pytest.fixture(params=["numpy", "native", "cupy"])
def backend(request, registry):
    """Every backend that can answer on this machine."""
    try:
        return registry.make("backend", {"type": request.param})
    except NetkitError as error:
        pytest.skip(str(error))


@pytest.fixture
def shared():
    """The folder of reference numbers beside a checkout; not part of the package."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, the reference data beside a checkout")
    return SHARED


@pytest.fixture
def cli(tmp_path):
    """Run the command line as a user would, in an empty folder: cli("train", "iterations=1")."""

    def run(*words, code=0, cwd=tmp_path, **env):
        command = [sys.executable, "-m", "netkit.cli", *words]
        done = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, env={**os.environ, **env}, timeout=300
        )
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory):
    """The folder of a short run whose net knows its digits, with a picture of each iteration."""
    from netkit.commands.train import train
    from netkit.config.compose import compose

    folder = tmp_path_factory.mktemp("trained")
    words = [
        "train_size=1500",
        "val_size=200",
        "iterations=2",
        "show_train=true",
        "show_train_ninternals=1",
    ]
    train(compose("train", words), folder)
    return folder


@pytest.fixture(scope="session")
def trained(trained_run, registry):
    """Its net, energy and class names."""
    from netkit.build.trained import load_net

    return load_net(
        registry, {"weights": str(trained_run), "backend": {"type": "numpy", "threads": 1}}
    )


@pytest.fixture(scope="session")
def detector(registry):
    """The detector that netkit carries."""
    from netkit.build.detector import make_detector
    from netkit.config.compose import compose

    return make_detector(registry, compose("evaluate", ["threads=1"]))
