"""Decisions: plans as immutable values, computed from the target description and the layers.

Nothing here changes IR. A pass asks for a plan, writes it on an operation as an attribute, and a
later pass carries it out, so that a plan can be read and overridden in the text.
"""
