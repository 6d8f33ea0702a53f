"""`interop bench --fuzz N`: N inputs of each kind through the parsers of what others wrote (docs/security.md)."""
