"""A trained net in whole numbers of eight bits.

Its arithmetic is arithmetic.py's, its operators are steps.py's; program.py runs them in numpy: the
definition that the C code is compared with, integer by integer. quantizer.py makes them from a plan
(netkit.export.plan).
"""
