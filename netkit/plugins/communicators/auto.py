"""What is chosen where nobody says through what processes talk: auto."""

from netkit.checks import Count
from netkit.communicator import Communicator, Solo
from netkit.errors import NetkitError
from netkit.launched import launched


def best(every: Count = 1) -> Communicator:
    """Return mpi's communicator where mpiexec or srun started several processes; else Solo."""
    started = launched()
    if started.size == 1:
        return Solo(every)
    if started.by == "torchrun":
        raise NetkitError(
            f"comm=auto: torchrun started {started.size} processes, and netkit talks through MPI: "
            "start them by mpiexec, or name a plugin's communicator, comm.type=NAME"
        )
    from netkit.plugins.communicators.mpi import Mpi

    return Mpi(every)
