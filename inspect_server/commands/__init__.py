"""The operator's commands, one module for what is loaded together."""
