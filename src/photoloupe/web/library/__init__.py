"""The library: the photos of a served catalog, their decisions and crop relations."""
