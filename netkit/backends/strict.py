"""A backend for tests: numpy behind arrays that refuse what a GPU's arrays refuse."""

import operator
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

from netkit.backends.base import Backend

ARITHMETIC = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
    *("lshift", "rshift", "and_", "or_", "xor"),
)
COMPARISONS = "lt", "le", "gt", "ge", "eq", "ne"
UNARY = "neg", "pos", "abs", "invert"


class StrictArray:
    """An array on a pretended device, which becomes a numpy array only where `to_host` is asked.

    It works with Python numbers and with its like; as with CuPy's, a numpy array beside it is an
    error.
    """

    # So that `numpy_array + strict_array` ends in the operators below, which refuse it.
    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment] # as numpy's arrays have none

    def __init__(self, a: np.ndarray) -> None:
        self._a = a

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError("implicit conversion to a numpy array is not allowed: use ops.to_host(a)")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self._a, name)
        return wrapped(value) if callable(value) else wrap(value)

    def __getitem__(self, index: Any) -> Any:
        return wrap(self._a[unwrap(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._a[unwrap(index)] = unwrap(value)

    def __len__(self) -> int:
        return len(self._a)

    def __iter__(self) -> Iterator[Any]:
        return (wrap(row) for row in self._a)

    def __float__(self) -> float:
        return float(self._a)

    def __int__(self) -> int:
        return int(self._a)

    def __bool__(self) -> bool:
        return bool(self._a)

    def __repr__(self) -> str:
        return f"StrictArray({self._a!r})"


def unwrap(value: Any) -> Any:
    """Return the numpy value of an argument; a numpy array is refused, as CuPy refuses it."""
    if isinstance(value, StrictArray):
        return value._a
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type numpy.ndarray: use ops.asarray(a)")
    if isinstance(value, (tuple, list)):
        return type(value)(unwrap(v) for v in value)
    return value


def wrap(value: Any) -> Any:
    """Return a result as a StrictArray if it is an array, or one of numpy's scalars."""
    if isinstance(value, (np.ndarray, np.number, np.bool_)):
        return StrictArray(np.asarray(value))
    if isinstance(value, (tuple, list)):
        return type(value)(wrap(v) for v in value)
    return value


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a numpy function that takes and gives StrictArrays."""

    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*map(unwrap, args), **{k: unwrap(v) for k, v in kwargs.items()})
        out = kwargs.get("out")
        return out if out is not None else wrap(result)

    return call


def binary(name: str) -> tuple[Callable[..., Any], ...]:
    """Return an operator's three methods: from the left, from the right, in place."""
    function = getattr(operator, name)

    def forward(self: StrictArray, other: Any) -> Any:
        return wrap(function(self._a, unwrap(other)))

    def reflected(self: StrictArray, other: Any) -> Any:
        return wrap(function(unwrap(other), self._a))

    def in_place(self: StrictArray, other: Any) -> StrictArray:
        self._a = getattr(operator, "i" + name.strip("_"))(self._a, unwrap(other))
        return self

    return forward, reflected, in_place


def unary(name: str) -> Callable[[StrictArray], Any]:
    """Return the method of an operator of one argument."""
    return lambda self: wrap(getattr(operator, name)(self._a))


for _name in ARITHMETIC:
    _forward, _reflected, _in_place = binary(_name)
    _short = _name.strip("_")
    setattr(StrictArray, f"__{_short}__", _forward)
    setattr(StrictArray, f"__r{_short}__", _reflected)
    setattr(StrictArray, f"__i{_short}__", _in_place)
for _name in COMPARISONS:
    setattr(StrictArray, f"__{_name}__", binary(_name)[0])
for _name in UNARY:
    setattr(StrictArray, f"__{_name}__", unary(_name))


class StrictModule:
    """numpy's functions, taking and giving StrictArrays; its types and constants as they are."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, type(np)):
            return StrictModule(value)
        if isinstance(value, np.ufunc):
            return StrictUfunc(value)
        return value if isinstance(value, type) or not callable(value) else wrapped(value)


class StrictUfunc:
    """A ufunc and its methods: add(a, b), add.at(a, i, b)."""

    def __init__(self, ufunc: np.ufunc) -> None:
        self._ufunc = ufunc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return wrapped(self._ufunc)(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return wrapped(getattr(self._ufunc, name))


class StrictBackend(Backend):
    """The reference primitives on StrictArrays: what runs here does not mix host and device."""

    name = "strict"
    xp = StrictModule(np)

    def asarray(self, a: Any, dtype: Any = None) -> Any:
        if isinstance(a, StrictArray):
            return StrictArray(np.ascontiguousarray(a._a, dtype))
        return StrictArray(np.array(a, dtype, order="C"))

    def to_host(self, a: Any) -> np.ndarray:
        return a._a
