"""Before a simulation: the simulator has to be compiled once, which takes a while."""

from nmc.cli.console import console


def prepare_simulator(profile: bool = False, sanitize: bool = False) -> None:
    """Have the simulator compiled if it is not, and say that this is what takes so long."""
    from nmc.sim import Build, is_compiled, warm_up  # takes a second to load

    build = Build(profile=profile, sanitize=sanitize)
    if not is_compiled(build):
        console().print(f"compiling the {build.kind}, once: about a minute ...", markup=False)
        warm_up(build)
