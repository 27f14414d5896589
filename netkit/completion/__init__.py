"""Completion in a shell: commands, groups, choices, variables, layers and their arguments."""
