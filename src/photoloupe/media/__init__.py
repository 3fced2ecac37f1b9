"""Bytes <-> pixels: formats, facts, colour, decoding, encoding, safe writing."""
