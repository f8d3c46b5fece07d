"""Compiled programs: what they say of themselves, their files, and running them."""

from nmc.program.program import PROGRAM_JSON, Program
from nmc.program.result import LayerResult, Result

__all__ = ["PROGRAM_JSON", "LayerResult", "Program", "Result"]
