"""Tools that write what is generated: the contract, the problem table, the demo photographs."""
