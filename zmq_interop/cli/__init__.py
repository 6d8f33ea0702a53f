"""The two faces of the one engine: the command line (`command`) and pytest (`pytest_plugin`)."""
