"""Pictures of samples, nets, boxes and runs: drawn from arrays; nothing here runs a net."""
