"""Estimates of kernels that are at L1 with nearly every instruction, on cores that all are."""

import pytest

import nmc
from nmc.models.builder import Window
from nmc.models.small import ConvSpec, conv_model


def test_the_estimate_has_the_bank_conflicts_of_gathering_cores() -> None:
    model = conv_model(ConvSpec(256, 32, 8, 8, Window.square(3), sparsity="1:16"))
    program = nmc.compile(model, features=["xgmac", "xrq"])
    (layer,) = (layer for layer in program.run_random(7).layers if layer.macs)
    assert layer.kernel.startswith("xgmac")
    assert layer.stalls["bank"] > 0.1 * layer.instructions
    assert layer.estimate == pytest.approx(layer.cycles, rel=0.06)
