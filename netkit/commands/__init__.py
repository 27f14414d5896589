"""What the commands do, top to bottom, from a composed configuration of plain mappings: one file a
command.
"""
