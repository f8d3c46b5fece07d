"""Files into modules: ONNX through the frontend, textual IR through the parser."""

from pathlib import Path

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser
from xdsl.utils.exceptions import ParseError, VerifyException

from nmc.errors import NmcError, one_line
from nmc.frontend import import_onnx
from nmc.pipelines.runner import verify_module
from nmc.pipelines.stages import stage_of

IR_SUFFIX = ".mlir"


def load_module(ctx: Context, path: Path) -> ModuleOp:
    """The verified module in a file: a stage's `.mlir` is parsed, all else imported as ONNX.

    Raises `NmcError` naming the place and the reason.
    """
    if path.suffix != IR_SUFFIX:
        module = import_onnx(path)
        verify_module(module, str(path))
        return module
    module = parse_module(ctx, read_text(path), str(path))
    stage_of(module, str(path))
    return module


def read_text(path: Path) -> str:
    """The text of a file; raises `NmcError` when it cannot be read or is not text."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise NmcError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise NmcError(f"{path}: is not text; give a stage file or an .onnx file") from error


def parse_module(ctx: Context, text: str, place: str) -> ModuleOp:
    """The verified module in a text. Raises `NmcError` with line and column, or the operation."""
    try:
        module = Parser(ctx, text, place).parse_module()
    except ParseError as error:
        raise NmcError(f"{error.span.get_location()}: {one_line(error.msg)}") from error
    except VerifyException as error:
        raise NmcError(f"{place}: {one_line(error)}") from error
    verify_module(module, place)
    return module
