"""Record the user's choices (target, features, cores, ...) on the module."""

from dataclasses import dataclass, replace

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from nmc.options import Options


@dataclass(frozen=True)
class AttachOptionsPass(ModulePass):
    """Record options of the compilation on the module; those not given stay as they are.

    ``attach-options{target=vega features=xnm cores=4}`` takes

        builtin.module attributes {nmc.stage = "imported"} { ... }

    to

        builtin.module attributes {nmc.stage = "imported", nmc.target = "vega",
          nmc.features = ["xnm"], nmc.cores = 4 : i64, nmc.sparsity = "keep",
          nmc.asm = "pulp"} { ... }

    Options: target (a name or a file), features (a list; ``none`` for none), cores, l1 and l3
    (bytes), sparsity (``keep``, ``dense``, ``1:4``, ``1:8``, ``1:16``), prune (``ffn``,
    ``linear``), kernels (``best``, ``paper`` or a list), asm (``pulp``, ``stock``).
    """

    name = "attach-options"

    target: str | None = None
    features: tuple[str, ...] | None = None
    cores: int | None = None
    l1: int | None = None
    l3: int | None = None
    sparsity: str | None = None
    prune: str | None = None
    kernels: tuple[str, ...] | None = None
    asm: str | None = None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        options = Options.of_module(op)
        if self.target is not None:
            options = options.with_target(self.target)
        if self.features is not None:
            options = replace(options, features=Options.parse_features(",".join(self.features)))
        if self.cores is not None:
            options = replace(options, cores=self.cores)
        if self.l1 is not None:
            options = replace(options, l1=self.l1)
        if self.l3 is not None:
            options = replace(options, l3=self.l3)
        if self.sparsity is not None:
            options = replace(options, sparsity=self.sparsity)
        if self.prune is not None:
            options = replace(options, prune=self.prune)
        if self.kernels is not None:
            options = replace(options, kernels=",".join(self.kernels))
        if self.asm is not None:
            options = replace(options, asm=self.asm)
        options.attach(op)
