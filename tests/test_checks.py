"""What each type hint of a constructor takes, and what it says of all else."""

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_origin

import numpy as np
import pytest

from netkit import checks
from netkit.bounds import Bound
from netkit.checks import Checked, taken
from netkit.errors import NetkitError

if TYPE_CHECKING:
    from nowhere import Something

WHOLE = "a whole number from"
TWO = ", or two as [height, width]"
TAKEN = [  # hint, value, what the constructor gets
    (checks.Whole, 0, 0),
    (checks.Count, 1, 1),
    (checks.Count, np.int64(3), 3),
    (checks.Number, -2, -2.0),
    (checks.Number, np.float32(0.5), 0.5),
    (checks.Amount, 0, 0.0),
    (checks.Positive, 1e-9, 1e-9),
    (checks.Share, 1, 1.0),
    (checks.ShareBelow1, 0.99, 0.99),
    (checks.Pair, 3, (3, 3)),
    (checks.Pair, [2, 3], (2, 3)),
    (checks.Pair, (2, 3), (2, 3)),
    (checks.WholePair, 0, (0, 0)),
    (checks.AmountPair, [0, 0.5], (0.0, 0.5)),
    (checks.PositivePair, 2, (2.0, 2.0)),
    (checks.WholeRange, [0, 4], (0, 4)),
    (checks.AmountRange, [0.5, 0.5], (0.5, 0.5)),
    (checks.PositiveRange, (0.7, 3), (0.7, 3.0)),
    (checks.Amounts, (0, 1.5), [0.0, 1.5]),
    (checks.Amounts, [], []),
    (checks.Box, [0, 1, 2, 3], [0, 1, 2, 3]),
    (bool, True, True),
    (bool, 0, False),
    (bool, 1, True),
    (int, -7, -7),
    (float, 7, 7.0),
    (str, "a", "a"),
    (Literal["concat", "sum"], "sum", "sum"),
    (Literal[0, 1, 2], 2, 2),
    (checks.Count | None, None, None),
    (checks.Count | None, 5, 5),
    (checks.Pair | Literal["all"], "all", "all"),
    (checks.Pair | Literal["all"], 3, (3, 3)),
    (Annotated[float, Bound(least=2, below=3)], 2, 2.0),
    (Any, "whatever", "whatever"),
    (dict, 3, 3),
    (dict | None, 3, 3),
    (list[list[int]], "not looked at", "not looked at"),
    (np.ndarray, None, None),
]
REFUSED = [  # hint, value, what is said
    (checks.Count, 10**101, "give a whole number from 1"),
    pytest.param(
        *(checks.Pair, 16**6000, f"x=thousands of digits: give {WHOLE} 1{TWO}"), id="thousands"
    ),
    (checks.Number, 10**400, "give a number"),
    (checks.Whole, -1, f"x=-1: give {WHOLE} 0"),
    (checks.Whole, 1.0, f"x=1.0: give {WHOLE} 0"),
    (checks.Whole, True, f"x=True: give {WHOLE} 0"),
    (checks.Whole, "3", f"x='3': give {WHOLE} 0"),
    (checks.Whole, "a", f"x=a: give {WHOLE} 0"),
    (checks.Whole, "", f"x='': give {WHOLE} 0"),
    (checks.Whole, None, f"x=None: give {WHOLE} 0"),
    (checks.Whole, [1, 2], f"x=[1, 2]: give {WHOLE} 0"),
    (checks.Count, 0, f"x=0: give {WHOLE} 1"),
    (checks.Number, math.nan, "x=nan: give a number"),
    (checks.Number, -math.inf, "x=-inf: give a number"),
    (checks.Number, 10**400, "give a number"),
    (checks.Number, False, "x=False: give a number"),
    (checks.Number, 1j, "x=1j: give a number"),
    (checks.Amount, -0.1, "x=-0.1: give a number from 0"),
    (checks.Positive, 0, "x=0: give a number above 0"),
    (checks.Share, 1.01, "x=1.01: give a number from 0 to 1"),
    (checks.ShareBelow1, 1, "x=1: give a number from 0 to below 1"),
    (checks.Pair, 0, f"x=0: give {WHOLE} 1{TWO}"),
    (checks.Pair, [1, 2, 3], f"x=[1, 2, 3]: give {WHOLE} 1{TWO}"),
    (checks.Pair, [3, "a"], f"x=[3, 'a']: give {WHOLE} 1{TWO}"),
    (checks.WholePair, -1, f"x=-1: give {WHOLE} 0{TWO}"),
    (checks.AmountPair, -1, f"x=-1: give a number from 0{TWO}"),
    (checks.PositivePair, [1, 0], f"x=[1, 0]: give a number above 0{TWO}"),
    (checks.WholeRange, [4, 0], f"x=[4, 0]: give two numbers, the smaller first, each {WHOLE} 0"),
    (checks.AmountRange, 3, "x=3: give two numbers, the smaller first, each a number from 0"),
    (checks.PositiveRange, [0, 1], "give two numbers, the smaller first, each a number above 0"),
    (checks.Amounts, 3, "x=3: give a list, each a number from 0"),
    (checks.Amounts, [1, "a"], "x=[1, 'a']: give a list, each a number from 0"),
    (checks.Amounts, [1, -1], "x=[1, -1]: give a list, each a number from 0"),
    (checks.Box, [1, 2, 3], "x=[1, 2, 3]: give [y, x, height, width] in pixels"),
    (checks.Box, [-1, 2, 3, 4], "x=[-1, 2, 3, 4]: give [y, x, height, width] in pixels"),
    (bool, 2, "x=2: give true or false"),
    (bool, "yes", "x=yes: give true or false"),
    (bool, None, "x=None: give true or false"),
    (str, 3, "x=3: give a text"),
    (Literal["concat", "sum"], "flat", "x=flat: there are concat, sum"),
    (Literal[0, 1], True, "x=True: there are 0, 1"),
    (Literal[0, 1], None, "x=None: there are 0, 1"),
    (checks.Count | None, 0, f"x=0: give {WHOLE} 1, or null"),
    (checks.Pair | Literal["all"], "a", f"x=a: give {WHOLE} 1{TWO}, or all"),
    (Annotated[float, Bound(most=2)], 3, "x=3: give a number, up to 2"),
    (Annotated[float, Bound(above=0, most=2)], 0, "x=0: give a number above 0, up to 2"),
]


@pytest.mark.parametrize(("hint", "value", "got"), TAKEN)
def test_taken(hint, value, got):
    result = taken("x", value, hint)
    assert result == got
    assert type(result) is type(got)


@pytest.mark.parametrize(("hint", "value", "said"), REFUSED)
def test_refused(hint, value, said):
    with pytest.raises(NetkitError) as caught:
        taken("x", value, hint)
    assert str(caught.value).endswith(said)
    assert "\n" not in str(caught.value)


class Base(Checked):
    def __init__(self, rate: checks.Share = 0.5, **more):
        self.rate = rate
        self.more = more


class Derived(Base):
    def __init__(
        self,
        kernel: checks.Pair,
        stride: checks.Pair = 1,
        table: checks.Count = None,
        *rest: Any,
        other: "Something" = 3,
        quoted: "checks.Count" = 1,
        **common,
    ):
        super().__init__(**common)
        self.kernel, self.stride, self.table = kernel, stride, table
        self.rest, self.other, self.quoted = rest, other, quoted


def test_a_constructor_is_checked_where_the_object_is_made():
    made = Derived(3, rate=1)
    assert (made.kernel, made.rate) == ((3, 3), 1.0)
    with pytest.raises(NetkitError, match=r"^kernel=a: give a whole number from 1, or two"):
        Derived("a")
    with pytest.raises(NetkitError, match=r"^rate=2: give a number from 0 to 1$"):
        Derived(3, rate=2)
    with pytest.raises(TypeError, match="missing a required argument: 'kernel'"):
        Derived()


def test_defaults_are_as_their_hints_have_them():
    assert Derived(3).stride == (1, 1)
    assert Derived(3).table is None, "a default may be what nobody could give"


def test_hints_that_are_texts():
    assert Derived(3, other="anything").other == "anything", "only a type checker knows this one"
    with pytest.raises(NetkitError, match="quoted=0: give a whole number from 1"):
        Derived(3, quoted=0)


def test_positional_and_other_arguments_pass():
    made = Derived(3, 2, 1, "more", more=5)
    assert (made.stride, made.table, made.rest, made.more) == ((2, 2), 1, ("more",), {"more": 5})


def test_a_class_without_a_constructor_has_that_of_its_base():
    class Same(Derived):
        pass

    assert Same([1, 2]).kernel == (1, 2)


def test_hints_of_different_checks_are_different():
    """`Annotated` may give back an equal hint that was made before."""
    hints = [value for value in vars(checks).values() if get_origin(value) is Annotated]
    assert len(set(hints)) == len(hints) >= 14
