"""Proofs that nothing is lost: histories, failpoints, kills, mutations."""
