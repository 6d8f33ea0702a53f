"""Where instances live: as processes, in containers, or scripted in memory. `base` is the interface to all of them."""
