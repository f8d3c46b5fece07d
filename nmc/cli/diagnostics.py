"""Any exception as the one line a user sees, and the exit code that goes with it."""

import os
import sys
import traceback
from collections.abc import Callable

from xdsl.utils.exceptions import ArgSpecParseError, DiagnosticException, ParseError

from nmc.errors import NmcError, one_line

EXIT_OK, EXIT_DIFFERS, EXIT_USAGE, EXIT_FAULT = 0, 1, 2, 3
EXIT_INTERRUPTED = 130

TRACEBACK_VARIABLE = "NMC_TRACEBACK"


def parse_error_line(error: ParseError) -> str:
    """``file:line:column: reason`` of a parse error, without the quoted source."""
    return f"{error.span.get_location()}: {one_line(error.msg)}"


def line_of(error: BaseException) -> str:
    """What went wrong, on one line: place, reason, remedy, as far as the exception knows them."""
    match error:
        case ParseError():
            return parse_error_line(error)
        case NmcError() | DiagnosticException() | ArgSpecParseError():
            return one_line(error)
        case OSError():
            return f"{error.filename or 'file'}: {error.strerror or error}; check the path"
        case UnicodeDecodeError():
            return f"the input is not text ({error.reason} at byte {error.start})"
        case MemoryError():
            return "out of memory; choose a smaller model or free some memory"
        case _:
            notes = ", ".join(note for note in getattr(error, "__notes__", ()) if len(note) < 200)
            where = f" {one_line(notes)}" if notes else ""
            return (
                f"internal error{where}: {type(error).__name__}: {one_line(error)[:300]}; "
                f"this is a bug in nmc ({TRACEBACK_VARIABLE}=1 shows where)"
            )


def exit_code_of(error: BaseException) -> int:
    """The exit code of the command that ended with `error`."""
    return error.exit_code if isinstance(error, NmcError) else EXIT_USAGE


def guarded(program: str, body: Callable[[], int]) -> int:
    """Run the body of a command; any exception becomes one line on standard error and a code.

    With the environment variable NMC_TRACEBACK set, the traceback is printed too.
    """
    try:
        return body()
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except (Exception, ArgSpecParseError) as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            traceback.print_exc()
        print(f"{program}: error: {line_of(error)}", file=sys.stderr)
        return exit_code_of(error)
