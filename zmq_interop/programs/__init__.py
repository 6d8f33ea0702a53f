"""Users' own programs under test: their declaration (interop.toml), how they are started, and their dialogues."""
