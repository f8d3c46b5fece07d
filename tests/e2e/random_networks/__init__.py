"""Random networks, quantised in a random way, for random options of the compiler.

    network = make_network(seed)
    outcome(network)

Two to seven operators of random geometry each. One that the compiler refuses must be refused for
something its user can repair; the rest must compute what the reference computes, with nothing
found by the sanitizers.
"""

from tests.e2e.random_networks.network import RandomNetwork, make_network, outcome

__all__ = ["RandomNetwork", "make_network", "outcome"]
