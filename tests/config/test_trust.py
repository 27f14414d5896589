"""A file of configuration from a stranger can have Hydra call nothing and change nothing else."""

from pathlib import Path

import pytest

from netkit.config.compose import compose
from netkit.errors import NetkitError

CALL = "{_target_: shutil.copy, src: src, dst: dst}"
BEGIN = "defaults: [train, _self_]\n"
LOG = "{'()': shutil.copy, src: src, dst: dst}"


def files(tmp_path: Path, **texts: str) -> list[str]:
    """Write files, a/b.yaml for a__b, the first of them main; return the words that name it."""
    for name, text in texts.items():
        path = tmp_path / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return ["--config-dir", str(tmp_path), "--config-name", "main"]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"main": f"{BEGIN}hydra: {{callbacks: {{x: {CALL}}}}}"}, "_target_: 'shutil.copy'"),
        ({"main": f"{BEGIN}hydra: {{job_logging: {{handlers: {{x: {LOG}}}}}}}"}, "(): "),
        ({"main": f"{BEGIN}hydra: {{job_logging: {{root: {{level: DEBUG}}}}}}"}, "job_logging"),
        ({"main": f"{BEGIN}hydra: {{job: {{env_set: {{PATH: /tmp}}}}}}"}, "hydra.job.env_set.PATH"),
        ({"main": f"{BEGIN}hydra: {{searchpath: ['file:///tmp']}}"}, "hydra.searchpath"),
        ({"main": f"{BEGIN}hydra: {{launcher: {{setup: [ls]}}}}"}, "hydra.launcher.setup"),
        ({"main": f"{BEGIN}hydra: '${{eta}}'"}, "'hydra'"),
        ({"main": "defaults: [train, {override hydra/launcher: joblib}, _self_]"}, "launcher"),
        (
            {"main": "defaults: [train, /hydra/callbacks/mine]", "hydra__callbacks__mine": "x: 1"},
            "'/hydra/callbacks/mine'",
        ),
        ({"main": "defaults: [train, mine@hydra.job]", "mine": "env_set: {A: 1}"}, "@package"),
        ({"main": "defaults: [train, 'mine@${name}']", "mine": "env_set: {A: 1}"}, "@package"),
        (
            {"main": "defaults: [train, mine]", "mine": "# @package hydra.job\nchdir: true"},
            "@package",
        ),
        (
            {"main": "defaults: [train, mine]", "mine": "# @package _global_.hydra\nmode: RUN"},
            "@package '_global_.hydra'",
        ),
        ({"main": f"{BEGIN}arch: {{layers: {{c0: {CALL}}}}}"}, "write type"),
        (
            {"main": f"{BEGIN}seen: [{{class: logging.FileHandler}}]"},
            "class: 'logging.FileHandler'",
        ),
    ],
)
def test_refused(tmp_path: Path, texts: dict[str, str], said: str) -> None:
    with pytest.raises(NetkitError) as caught:
        compose("train", files(tmp_path, **texts))
    assert said in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_choice_by_path_calls_nothing(tmp_path: Path) -> None:
    arch = tmp_path / "mine.yaml"
    arch.write_text("# @package hydra.callbacks\nx: {a: 1}\n")
    with pytest.raises(NetkitError, match=r"@package 'hydra\.callbacks'"):
        compose("train", [f"arch={arch}"])


def test_what_a_file_may_say(tmp_path: Path) -> None:
    said = "{run: {dir: here}, mode: RUN, sweeper: {params: {seed: '0,1'}}}"
    text = f"{BEGIN}eta: 0.25\nhydra: {said}"
    assert compose("train", files(tmp_path, main=text))["eta"] == 0.25
