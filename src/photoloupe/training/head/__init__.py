"""The selfie head: what a trunk reads of a picture and what its faces say, weighed together."""
