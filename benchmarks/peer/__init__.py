"""netkit's nets, image changes and update rules as one would write them in PyTorch."""
