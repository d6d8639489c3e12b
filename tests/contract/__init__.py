"""What clients outside this repository rely on: the description, the shapes, the bytes."""
