"""The published selfie net: a frozen ConvNeXt that sees a small square, and two outputs."""
