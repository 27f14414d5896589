"""From words and YAML to one configuration, and a command run with it: Hydra and its setting."""
