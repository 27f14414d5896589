"""Speed of netkit beside PyTorch on the same work: what `netkit bench` measures."""
