"""Rewrite patterns over `qnn`, each exact, grouped by what they achieve."""
