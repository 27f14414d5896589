"""What the author of a layer, or of another part, runs to know that it is right."""

from netkit.testing.communicators import check_communicator
from netkit.testing.energies import check_energy
from netkit.testing.layers import check_gradient, check_layer
from netkit.testing.optimizers import check_optimizer

__all__ = ["check_communicator", "check_energy", "check_gradient", "check_layer", "check_optimizer"]
