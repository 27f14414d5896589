"""One BLAS thread for each of netkit's own threads, for as long as any of them computes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOCK = threading.Lock()
state: dict[str, Any] = {"inside": 0, "controller": None, "limit": None}


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS at one thread; the last of several threads that leave sets it back.

    The number of BLAS threads is one for the whole process, so contexts of single threads, each of
    which puts back what it found, would leave it wrong when they overlap.
    """
    with LOCK:
        if not state["inside"]:
            state["limit"] = controller().limit(limits=1, user_api="blas")
        state["inside"] += 1
    try:
        yield
    finally:
        with LOCK:
            state["inside"] -= 1
            if not state["inside"]:
                state["limit"].restore_original_limits()


def controller() -> Any:
    """Return threadpoolctl's view of the loaded libraries, made once: it looks at all of them."""
    if state["controller"] is None:
        from threadpoolctl import ThreadpoolController  # here, for the start of other commands

        state["controller"] = ThreadpoolController()
    return state["controller"]
