"""nmc: a multi-level compiler for N:M-pruned int8 networks on PULP clusters."""
