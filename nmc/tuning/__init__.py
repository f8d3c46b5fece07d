"""Choosing between the planner's best plans by running them on the simulator."""

from nmc.tuning.measured_plans import TUNED_STAGE, Tuned, tune

__all__ = ["TUNED_STAGE", "Tuned", "tune"]
