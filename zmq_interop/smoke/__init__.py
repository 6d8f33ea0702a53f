"""`interop smoke`: plays the peer contract against one agent, without any other peer.

checks/ has the checks, one file for each section of the contract. `play` starts agents and plays the checks against
them. `report` prints the results. `unlocks` finds the scenarios that the agent could play with further claims. `golden`
writes a page of frames, against which an author can test an agent without the harness.
"""
