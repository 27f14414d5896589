"""Downloads: whole data sets into the user's cache (netkit data NAME)."""

import os
from pathlib import Path

import platformdirs


def cached(name):
    """Return the folder of a downloaded data set; None if it is not there."""
    folder = Path(os.environ.get("NETKIT_CACHE") or platformdirs.user_cache_dir("netkit")) / name
    return folder if (folder / "complete").is_file() else None
