"""Pipelines: their text, the table of stages, named pipelines, and running them over a module."""
