"""What a net in C takes: flash, RAM, multiply-adds, and what each layer does."""

from pathlib import Path

from netkit.export.c.calls import Calls
from netkit.export.plan import Plan


def report(plan: Plan, calls: Calls, memory: int, target: Path) -> str:
    """Return what was written and what it takes, with a line for each layer's operators."""
    flash = sum(4 * values.size for values in calls.constants.values())
    rows = [("layer", "gives", "operators", "multiply-adds")]
    for layer, operators in by_layer(calls):
        size = "x".join(map(str, plan.shapes[operators[-1].output]))
        cost = sum(plan.cost(each) for each in operators)
        kinds = ", ".join(
            each.kind + "+Relu" * bool(each.settings.get("relu")) for each in operators
        )
        rows.append((layer, size, kinds, f"{cost:,}"))
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(w.ljust(n) for w, n in zip(row[:3], wide, strict=False))
        + f"  {row[3]:>{wide[3]}}"
        for row in rows
    ]
    total = sum(plan.cost(each) for each in plan.operators)
    maps, high, wide_ = plan.shapes[plan.input]
    said = (
        f"{target}, {target.with_suffix('.h').name}: {plan.name} for images of {high}x{wide_} in "
        f"{maps} channel{'s' * (maps > 1)}\n"
        f"  flash: {flash:,} bytes of weights, and the code; RAM: {memory:,} bytes; "
        f"{total:,} multiply-adds an image"
    )
    return "\n".join([said, "", *("  " + line.rstrip() for line in lines)])


def by_layer(calls: Calls) -> "list[tuple[str, list]]":
    """Return the operators in order, those of a layer together: [(layer, operators)]."""
    found: list = []
    for call in calls.calls:
        for operator in call.operators:
            layer = operator.layer or "pixels"
            if not found or found[-1][0] != layer:
                found.append((layer, []))
            found[-1][1].append(operator)
    return found
