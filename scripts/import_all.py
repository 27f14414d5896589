"""Import every module of netkit, so that a Python too old for one says so: no arguments.

Modules of the cupy backend and sides of `netkit bench` need what is not installed with netkit: a
missing module of others is no fault here, nor is the line that says which one to install; anything
else is.
"""

import importlib
import pkgutil
import sys

import netkit
from netkit.errors import NetkitError


def main() -> None:
    """Import all; print what fails, and exit with 1 if anything does."""
    failed = 0
    for module in pkgutil.walk_packages(netkit.__path__, "netkit."):
        if module.name.endswith(("__main__", "._kernels", "._int8")):
            continue  # they run, or are no modules of Python's
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if (error.name or "netkit").startswith("netkit"):
                failed += 1
                print(f"{module.name}: {error}")
        except Exception as error:
            if isinstance(error, NetkitError) and "pip install" in str(error):
                continue
            failed += 1
            print(f"{module.name}: {type(error).__name__}: {error}")
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"Python {version}: {failed} modules cannot be imported")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
