"""The verifier finds an allocation that was tampered with."""

from random import Random

import pytest
from xdsl.dialects import riscv_func, rv32
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation
from xdsl.rewriter import Rewriter
from xdsl.utils.exceptions import DiagnosticException, VerifyException

from nmc.backend.machine.registers import PREFERENCE, TYPES, number_of
from nmc.backend.machine.verification import verify_allocation
from nmc.dialects.xpulp.formats import XInstruction
from nmc.passes.allocate_registers import AllocateRegistersPass

from .flat import Machine
from .programs import ProgramMaker
from .test_random_programs import BACKEND, FULL, behaviour, meaning, run_passes


def allocated(seed: int) -> ModuleOp:
    module = ProgramMaker(Random(seed), 12, 8).module()
    run_passes(module, (*FULL, AllocateRegistersPass()))
    return module


def results_in_registers(module: ModuleOp) -> list[Operation]:
    """Ordinary instructions whose result somebody reads."""
    return [
        op
        for op in module.walk()
        if len(op.results) == 1
        and not op.regions
        and not isinstance(op, rv32.GetRegisterOp | riscv_func.CallOp)
        and op.results[0].first_use is not None
        and number_of(op.results[0].type) in PREFERENCE
    ]


def accepted(module: ModuleOp) -> bool:
    try:
        module.verify()
        for op in module.ops:
            assert isinstance(op, riscv_func.FuncOp)
            verify_allocation(op)
    except (DiagnosticException, VerifyException):
        return False
    return True


@pytest.mark.parametrize("seed", range(12))
def test_another_register_is_refused_or_means_the_same(seed: int):
    module = allocated(seed)
    assert accepted(module)
    expected = meaning(ProgramMaker(Random(seed), 12, 8).module())
    random = Random(seed)
    refused = 0
    for _ in range(12):
        changed = module.clone()
        op = random.choice(results_in_registers(changed))
        used = [number for number in PREFERENCE if TYPES[number] != op.results[0].type]
        Rewriter.replace_value_with_new_type(op.results[0], TYPES[random.choice(used)])
        if not accepted(changed):
            refused += 1
            continue
        run_passes(changed, BACKEND[3:])
        assert behaviour(changed) == expected
    assert refused > 0


@pytest.mark.parametrize("seed", range(12))
def test_a_missing_copy_is_refused_or_was_not_needed(seed: int):
    module = allocated(seed)
    expected = meaning(ProgramMaker(Random(seed), 12, 8).module())
    copies = [number for number, op in enumerate(module.walk()) if isinstance(op, riscv.MVOp)]
    refused = 0
    for number in copies:
        changed = module.clone()
        op = list(changed.walk())[number]
        op.results[0].replace_all_uses_with(op.operands[0])
        op.detach()
        op.erase()
        if accepted(changed):
            run_passes(changed, BACKEND[3:])
            assert behaviour(changed) == expected
        else:
            refused += 1
    assert refused > 0


def test_machines_check_what_the_abi_asks_for():
    module = allocated(3)
    run_passes(module, BACKEND[-1:])
    # No prologue: the callee-saved registers it uses are not preserved.
    with pytest.raises(AssertionError, match=r"is not preserved|left the program"):
        Machine(module).call("main", [0] * 8, 2)


def test_tied_instructions_were_generated():
    assert any(
        isinstance(op, XInstruction) and op.get_register_constraints().inouts
        for seed in range(5)
        for op in allocated(seed).walk()
    )
