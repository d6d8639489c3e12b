"""One command per figure: each prints a ratio to a raw baseline of the same run."""
