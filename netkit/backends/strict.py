"""A backend for tests: numpy behind arrays that refuse what a GPU's arrays refuse."""

import operator

import numpy as np

from netkit.backends.base import Backend

ARITHMETIC = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "lshift",
    "rshift",
    "and_",
    "or_",
    "xor",
)
COMPARISONS = "lt", "le", "gt", "ge", "eq", "ne"
UNARY = "neg", "pos", "abs", "invert"


class StrictArray:
    """An array on a pretended device: like CuPy's, it becomes a numpy array only if `to_host` is
    asked.

    It works with Python numbers and with its like; a numpy array beside it is an error.
    """

    __array_ufunc__ = (
        None  # so that `numpy_array + strict_array` ends in the operators below, which refuse it
    )
    __hash__ = None

    def __init__(self, a):
        self._a = a

    def __array__(self, *args, **kwargs):
        raise TypeError("implicit conversion to a numpy array is not allowed: use ops.to_host(a)")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self._a, name)
        return wrapped(value) if callable(value) else wrap(value)

    def __getitem__(self, index):
        return wrap(self._a[unwrap(index)])

    def __setitem__(self, index, value):
        self._a[unwrap(index)] = unwrap(value)

    def __len__(self):
        return len(self._a)

    def __iter__(self):
        return (wrap(row) for row in self._a)

    def __float__(self):
        return float(self._a)

    def __int__(self):
        return int(self._a)

    def __bool__(self):
        return bool(self._a)

    def __repr__(self):
        return f"StrictArray({self._a!r})"


def unwrap(value):
    """Return the numpy value of an argument; a numpy array among the arguments is refused, as CuPy
    refuses it.
    """
    if isinstance(value, StrictArray):
        return value._a
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type numpy.ndarray: use ops.asarray(a)")
    if isinstance(value, (tuple, list)):
        return type(value)(unwrap(v) for v in value)
    return value


def wrap(value):
    """Return a result as a StrictArray, if it is an array; numpy's scalars are arrays without
    dimensions here.
    """
    if isinstance(value, (np.ndarray, np.number, np.bool_)):
        return StrictArray(np.asarray(value))
    if isinstance(value, (tuple, list)):
        return type(value)(wrap(v) for v in value)
    return value


def wrapped(function):
    """Return a numpy function that takes and gives StrictArrays."""

    def call(*args, **kwargs):
        result = function(*map(unwrap, args), **{k: unwrap(v) for k, v in kwargs.items()})
        out = kwargs.get("out")
        return out if out is not None else wrap(result)

    return call


def binary(name):
    function = getattr(operator, name)

    def forward(self, other):
        return wrap(function(self._a, unwrap(other)))

    def backward(self, other):
        return wrap(function(unwrap(other), self._a))

    def in_place(self, other):
        self._a = getattr(operator, "i" + name.strip("_"))(self._a, unwrap(other))
        return self

    return forward, backward, in_place


def unary(name):
    return lambda self: wrap(getattr(operator, name)(self._a))


for _name in ARITHMETIC:
    _forward, _backward, _in_place = binary(_name)
    _short = _name.strip("_")
    setattr(StrictArray, f"__{_short}__", _forward)
    setattr(StrictArray, f"__r{_short}__", _backward)
    setattr(StrictArray, f"__i{_short}__", _in_place)
for _name in COMPARISONS:
    setattr(StrictArray, f"__{_name}__", binary(_name)[0])
for _name in UNARY:
    setattr(StrictArray, f"__{_name}__", unary(_name))


class StrictModule:
    """numpy's functions, taking and giving StrictArrays; its types and constants as they are."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        value = getattr(self._module, name)
        if isinstance(value, type(np)):
            return StrictModule(value)
        if isinstance(value, np.ufunc):
            return StrictUfunc(value)
        return value if isinstance(value, type) or not callable(value) else wrapped(value)


class StrictUfunc:
    """A ufunc and its methods: add(a, b), add.at(a, i, b)."""

    def __init__(self, ufunc):
        self._ufunc = ufunc

    def __call__(self, *args, **kwargs):
        return wrapped(self._ufunc)(*args, **kwargs)

    def __getattr__(self, name):
        return wrapped(getattr(self._ufunc, name))


class StrictBackend(Backend):
    """The reference primitives on StrictArrays: what runs here without an error does not mix host
    and device.
    """

    name = "strict"
    xp = StrictModule(np)

    def asarray(self, a, dtype=None):
        if isinstance(a, StrictArray):
            return StrictArray(np.ascontiguousarray(a._a, dtype))
        return StrictArray(np.array(a, dtype, order="C"))

    def to_host(self, a):
        return a._a
