"""Python's garbage collector while a module is lowered."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

# Operations and values refer to each other, so only the collector frees them. Python's own
# threshold of 700 new objects has it look at the young ones at every few operations a pass makes,
# nearly all of which live on: a tenth of the time of compiling.
NEW_OBJECTS = 200_000


@contextmanager
def rare_collection() -> Generator[None]:
    """Collect less often inside: every `NEW_OBJECTS` objects."""
    young, *older = gc.get_threshold()
    if young == 0 or young >= NEW_OBJECTS:  # switched off, or inside another of these
        yield
        return
    gc.set_threshold(NEW_OBJECTS, *older)
    try:
        yield
    finally:
        gc.set_threshold(young, *older)
