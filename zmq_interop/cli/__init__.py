"""The two user interfaces of the engine: the command line and the pytest plug-in."""
