"""EBLearn's configuration files, read: the language, the arch, the variables of its train tool."""
