"""Reproductions: programs that show what a cell does, in the peers' own languages, without this project."""
