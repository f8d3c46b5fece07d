"""Names of layers: one each, whatever rewrites do."""

from xdsl.dialects import func
from xdsl.dialects.builtin import StringAttr

from nmc.dialects.qnn import LayerOp


def make_layers_unique(main: func.FuncOp) -> None:
    """Give later operations of a name that is taken the suffix .1, .2, ..."""
    taken: set[str] = set()
    for op in main.body.block.ops:
        if not isinstance(op, LayerOp):
            continue
        name, count = op.layer_name, 0
        while name in taken:
            count += 1
            name = f"{op.layer_name}.{count}"
        if count:
            op.layer = StringAttr(name)
        taken.add(name)
