"""The instruction set: one table, and what reads it. A leaf."""
