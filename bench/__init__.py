"""One command per figure: each prints a ratio against a raw baseline of the same run."""
