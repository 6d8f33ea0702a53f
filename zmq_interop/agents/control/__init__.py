"""The dialogue with an agent: frames, channel, and the handles that scenarios use.

Its modules import the Python code of the protos: `schemas.project.generate` must have been called before.
"""
