"""Timing of scheduled code without running it: what each core executes, fetches and waits for.

`code`: flat code with addresses, and what each instruction takes. `start_up`: the code around it.
`core`: one core on its way from barrier to barrier; `loops` are its hardware loops, `accesses` its
loads and stores. `caches`, `dma` and `banks`: what it waits for. `layers`: all cores through all
layers.
"""

from nmc.backend.static_timing.code import place_code
from nmc.backend.static_timing.layers import Program, time_layers
from nmc.backend.static_timing.start_up import start_up

__all__ = ["Program", "place_code", "start_up", "time_layers"]
