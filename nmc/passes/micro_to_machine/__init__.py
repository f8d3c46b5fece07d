"""How micro IR becomes instructions: one file for each dialect or group of operations."""

from nmc.passes.micro_to_machine.functions import lower_function

__all__ = ["lower_function"]
