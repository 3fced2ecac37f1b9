"""The published six-channel crop net: made pairs, a ResNet with three heads, its figures."""
