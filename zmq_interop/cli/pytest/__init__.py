"""The pytest plug-in: cells of the matrix as items of a pytest session."""
