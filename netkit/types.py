"""The words that signatures use for arrays and shapes; at run time they are not looked at."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, Any]  # or CuPy's, which behaves alike
else:  # so that `import netkit` does not wait for numpy
    Array: TypeAlias = Any

Shape: TypeAlias = tuple[int, ...]
Backward: TypeAlias = Callable[[Array], Array | None]  # dy -> dx, or None where nobody asks for it
Cell: TypeAlias = tuple[float, float]  # a place (down, across), in cells or in pixels
