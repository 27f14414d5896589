"""python -m netkit: the command line."""

from netkit.cli import main

if __name__ == "__main__":
    main(prog_name="netkit")
