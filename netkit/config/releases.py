"""What differs between the releases of Hydra that netkit runs with, 1.3 and 1.4."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import hydra
import hydra.utils

TRUSTED = (  # what a configuration may call, by 1.4's rule: what netkit itself names there
    "netkit.files.text.LogFile",
    "netkit.files.text.LogFormatter",
    "netkit.config.sweep.Folder",
    "hydra._internal.core_plugins.*",  # launchers and sweepers: Hydra's own,
    "hydra_plugins.*",  # and those that are installed
)
OLD = hydra.__version__.startswith("1.3.")
BASE: dict[str, Any] = {"version_base": "1.3"} if OLD else {}  # 1.4 warns of the word


def trusting() -> AbstractContextManager[Any]:
    """Return a context in which Hydra 1.4 calls what TRUSTED names and nothing else.

    Hydra 1.3 has no such list: there it is an empty context.
    """
    allow: Callable[..., AbstractContextManager[Any]] | None
    allow = getattr(hydra.utils, "execution_whitelist", None)
    return allow(TRUSTED) if allow else nullcontext()
