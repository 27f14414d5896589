"""A trained net as one file of C99, and its header.

operators/ has what a plan's operators are in C, a file each; the file that is written holds those
that the net calls. shaping.py prepares a plan for C, calls.py turns its operators into calls,
memory.py finds a place for every array, source.py writes the text, and writer.py is the door.
"""
