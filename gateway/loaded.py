"""What is done once when everything is loaded: what is there by then stays, and what loading took is given back."""

import ctypes
import gc


def settle() -> None:
    """Let the collector leave alone what is there, and the system have the memory that is free.

    Where a gateway before this one was frozen, which ended for a restore, what it left goes first.
    """
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc
    if trim is not None:
        trim(0)
