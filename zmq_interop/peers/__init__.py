"""Peers: their manifests, what their builds need, and building them."""
