"""The site: what many runs say, as static pages, and the history that it keeps from one build to the next."""
