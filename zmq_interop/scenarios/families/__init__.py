"""The families of scenarios, one a file. Importing a family registers its scenarios."""
