"""Machine level: register allocation, its verifier, scheduling model, stack use, assembly."""
