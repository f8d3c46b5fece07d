"""Naming an operation in an error message: function, name, layer, printed in a few words."""

from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Operation


def describe_operation(op: Operation) -> str:
    """``in @main, operation 'qnn.conv2d' of layer 'conv1'``: where to look for `op` in the text."""
    words = f"operation '{op.name}'"
    layer = op.properties.get("layer") or op.attributes.get("layer")
    symbol = op.properties.get("sym_name") or op.attributes.get("sym_name")
    if isinstance(layer, StringAttr):
        words += f" of layer '{layer.data}'"
    elif isinstance(symbol, StringAttr):
        words += f" @{symbol.data}"
    elif op.results and op.results[0].name_hint:
        words += f" (%{op.results[0].name_hint})"
    function = _enclosing_symbol(op)
    return f"in @{function}, {words}" if function else words


def _enclosing_symbol(op: Operation) -> str:
    """The name of the nearest enclosing symbol below the module, or the empty string."""
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, ModuleOp):
        symbol = parent.properties.get("sym_name") or parent.attributes.get("sym_name")
        if isinstance(symbol, StringAttr):
            return symbol.data
        parent = parent.parent_op()
    return ""
