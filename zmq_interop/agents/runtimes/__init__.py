"""The runtimes, which start agents as processes or in containers. `base` is the interface of all of them."""
