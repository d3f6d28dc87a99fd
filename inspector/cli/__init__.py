"""The command `tfli`, one module a command, each loaded when it is called."""
