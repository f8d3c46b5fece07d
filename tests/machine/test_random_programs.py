"""Random programs mean the same before and after the machine passes."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from nmc.passes.allocate_registers import AllocateRegistersPass
from nmc.passes.canonicalize_machine import CanonicalizeMachinePass
from nmc.passes.flatten_control_flow import FlattenControlFlowPass
from nmc.passes.form_hardware_loops import FormHardwareLoopsPass
from nmc.passes.form_post_increments import FormPostIncrementsPass
from nmc.passes.insert_prologue_epilogue import InsertPrologueEpiloguePass
from nmc.passes.schedule import SchedulePass
from nmc.passes.verify_allocation import VerifyAllocationPass

from .flat import STACK_BYTES, STACK_TOP, Machine
from .programs import ProgramMaker
from .virtual import Interpreter

ARGUMENTS = [0x1000_0000, 3, 0xFFFF_FFFF, 0x7654_3210, 0, 0x8000_0000, 0x2000_0001, 5]

VIRTUAL: dict[str, tuple[ModulePass, ...]] = {
    "nothing": (),
    "canonicalize": (CanonicalizeMachinePass(),),
    "hardware loops": (FormHardwareLoopsPass(),),
    "post increments": (FormPostIncrementsPass(),),
    "schedule": (SchedulePass(),),
}
FULL: tuple[ModulePass, ...] = (
    CanonicalizeMachinePass(),
    FormHardwareLoopsPass(),
    FormPostIncrementsPass(),
    SchedulePass(),
)
BACKEND: tuple[ModulePass, ...] = (
    AllocateRegistersPass(),
    VerifyAllocationPass(),
    SchedulePass(),
    VerifyAllocationPass(),
    InsertPrologueEpiloguePass(),
    VerifyAllocationPass(),
    FlattenControlFlowPass(),
)


def make(seed: int, values: int, statements: int) -> ModuleOp:
    return ProgramMaker(Random(seed), values, statements).module()


programs = st.builds(
    make,
    st.integers(0, 1 << 32),
    st.sampled_from([0, 4, 12, 20, 28, 40]),
    st.integers(1, 14),
)


def run_passes(module: ModuleOp, passes: Sequence[ModulePass]) -> None:
    for step in passes:
        step.apply(Context(), module)
        module.verify()


def meaning(module: ModuleOp) -> tuple[list[int], dict[int, int]]:
    interpreter = Interpreter(module)
    results = interpreter.call("main", ARGUMENTS)
    return results, interpreter.memory.outside(STACK_TOP - STACK_BYTES, STACK_TOP)


def behaviour(module: ModuleOp) -> tuple[list[int], dict[int, int]]:
    machine = Machine(module)
    results = machine.call("main", ARGUMENTS, 2)
    return results, machine.memory.outside(STACK_TOP - STACK_BYTES, STACK_TOP)


quiet = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    derandomize=True,
)


@pytest.mark.parametrize("name", list(VIRTUAL))
@quiet
@given(module=programs)
def test_passes_on_virtual_registers_keep_the_meaning(name: str, module: ModuleOp):
    module.verify()
    expected = meaning(module)
    run_passes(module, VIRTUAL[name])
    assert meaning(module) == expected


@quiet
@given(module=programs)
def test_allocated_flat_code_does_what_the_program_means(module: ModuleOp):
    expected = meaning(module)
    run_passes(module, BACKEND)
    assert behaviour(module) == expected


@quiet
@given(module=programs)
def test_the_whole_machine_pipeline_keeps_the_meaning(module: ModuleOp):
    expected = meaning(module)
    run_passes(module, (*FULL, *BACKEND))
    assert behaviour(module) == expected
