"""Commands over very many images: begun, or gone on with where they were when they ended."""

import logging
import re
import shlex
from pathlib import Path
from typing import Any

from netkit.errors import NetkitError
from netkit.files.runs import in_last_run
from netkit.sharding.progress import NAME, Progress
from netkit.sharding.shard import shard_of

log = logging.getLogger("netkit")
FREE = (  # what may be another when it goes on: it changes no answer
    *("command", "resume", "backend", "threads", "nthreads", "batch_size"),
    *("print_answers", "display", "next_on_key"),
)


def begun(cfg: dict[str, Any], folder: Path, kind: str) -> tuple[dict[str, Any], Progress]:
    """Return the configuration of a command, and its Progress in its folder.

    With resume=FOLDER it is that of the command which began there; words that say otherwise are
    refused. Where nothing has begun yet, it begins: so the same line serves every time.

    kind: detect or classify.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shard_of(cfg["shard"])  # says what is wrong with it
    cfg = cfg | {"shard": shard_text(cfg), "weights": known_weights(cfg["weights"])}
    settings = {"kind": kind, **{key: value for key, value in cfg.items() if key not in FREE}}
    if not cfg["resume"]:
        return cfg, Progress(folder, settings)
    words = said(cfg) - {*FREE}
    there = Progress.read(folder)
    if there is None:
        if not words:
            raise NetkitError(
                f"resume={cfg['resume']}: no {NAME} there: name the folder of a netkit {kind}, or "
                "say what to begin: weights=..., input=..."
            )
        return cfg, Progress(folder, settings)
    if there.settings.get("kind") != kind:
        other = there.settings.get("kind")
        raise NetkitError(f"resume={cfg['resume']}: these are answers of netkit {other}, go on so")
    for name in sorted(words & settings.keys()):
        now, then = settings.get(name), there.settings.get(name)
        if now != then:
            raise NetkitError(
                f"{name}={now}: resume={cfg['resume']} goes on as it began, with {name}={then}: "
                "leave it out, or begin in another folder"
            )
    return cfg | {name: v for name, v in there.settings.items() if name in cfg}, there


def said(cfg: dict[str, Any]) -> set[str]:
    """Return the names of the settings that the words of a command give."""
    words = shlex.split(str(cfg.get("command", "")))[2:]
    return {re.split("[=@.]", word.lstrip("+~"))[0] for word in words if word[:1] != "-"}


def shard_text(cfg: dict[str, Any]) -> str | None:
    """Return the share as K/N; None without shards."""
    return None if cfg["shard"] is None else str(shard_of(cfg["shard"]))


def known_weights(weights: str | None) -> str | None:
    """Return weights as a path that will be the same one tomorrow: `latest` will not."""
    return str(in_last_run(Path(weights))) if weights else weights


def over(progress: Progress) -> bool:
    """Return whether nothing is left to do, and say so."""
    if progress.over and not progress.skipped:
        count = f"{progress.images:,} image{'' if progress.images == 1 else 's'}"
        print(f"nothing is left to do: {count} in {progress.folder}")
        return True
    return False
