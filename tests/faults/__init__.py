"""Faults 故障: the proof that nothing is lost, doubled or faked; every suite ends in `checker`."""
