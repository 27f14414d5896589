"""What is chosen where nobody says through what processes talk: auto."""

from netkit.checks import Count
from netkit.communicator import Communicator, Solo
from netkit.launched import launched


def best(every: Count = 1) -> Communicator:
    """Return mpi's communicator where mpiexec or srun started several processes; else Solo."""
    if launched().size == 1:
        return Solo(every)
    from netkit.plugins.communicators.mpi import Mpi

    return Mpi(every)
