"""What the author of a layer, an energy or an optimizer runs to know that it is right."""

from netkit.testing.energies import check_energy
from netkit.testing.layers import check_gradient, check_layer
from netkit.testing.optimizers import check_optimizer

__all__ = ["check_energy", "check_gradient", "check_layer", "check_optimizer"]
