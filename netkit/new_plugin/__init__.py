"""netkit new-plugin: a plugin to begin with, whose tests pass at once."""
