"""`interop smoke`: plays the peer contract against one agent, without any other peer.

checks/ has what is asked, a section of the contract a file; `play` starts agents and plays the checks against them;
`report` tells of it; `unlocks` says what the agent could take part in with more operations. `golden` writes the page of
frames that an author can test against without all this.
"""
