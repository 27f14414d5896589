"""Hydra composes a configuration: plain mappings and lists, with all references replaced."""

import logging
import threading
from collections.abc import Iterable
from typing import Any

from netkit.config.errors import one_line, owners, unknown_variable
from netkit.config.limits import check_growth
from netkit.config.origin import origin_of
from netkit.config.words import prepared
from netkit.errors import NetkitError
from netkit.registry import Registry

log = logging.getLogger("netkit")
COMPOSING = threading.RLock()  # Hydra keeps its state in one place for the whole process

Config = dict[str, Any]


def compose(command: str, overrides: Iterable[str] = ()) -> Config:
    """Return a command's configuration as plain mappings, without running anything.

    overrides: as for run_hydra.
    """
    from netkit.config.search import register_places  # here: it imports Hydra

    register_places()
    with origin_of(command, overrides) as origin:
        notes = list(origin.notes)
        try:
            cfg = plain(composed(origin.name, prepared(command, origin.words), notes))
        except NetkitError:
            raise
        except Exception as error:  # as in run_from
            raise NetkitError(one_line(error, command, composed, origin.words)) from error
    origin.check(cfg)
    for note in notes:
        log.warning(note)
    return cfg


def composed(
    command: str, words: Iterable[str] = (), notes: list[str] | None = None, **options: Any
) -> Any:
    """Return Hydra's own form of a configuration.

    A variable of a choice that is not taken, such as bootstrap=true without
    data=digits_background, is left out, and a line in `notes` says so.
    """
    import hydra

    from netkit.config.releases import BASE

    words = list(words)
    with COMPOSING, hydra.initialize_config_module("netkit.conf", **BASE):
        while True:
            try:
                return hydra.compose(command, words, **options)
            except Exception as error:
                name = unknown_variable(error)
                group, choices = owners(name)
                left = [word for word in words if not word.startswith(f"{name}=")]
                if notes is None or not choices or len(left) == len(words):
                    raise
                where = f"with this {group}: use {choices}"
                if name == group:  # a command without that group
                    where = f"in netkit {command}: leave it out"
                notes.append(f"{name} has no effect {where}")
                words = left


def plain(cfg: Any) -> Config:
    """Return a configuration as plain mappings and lists, with all ${...} replaced."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    check_growth(OmegaConf.to_container(cfg, resolve=False))
    try:
        cfg = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException as error:
        raise NetkitError(one_line(error, "train", composed)) from error
    return self_contained(cfg)


def self_contained(cfg: Config) -> Config:
    """Return a configuration whose arch holds what its layers read from files."""
    arch = cfg.get("arch")
    if arch and arch.get("layers"):
        from netkit.build.arch import settled  # here: most commands have no arch

        cfg = cfg | {"arch": arch | {"layers": settled(Registry(), arch["layers"])}}
    return cfg
