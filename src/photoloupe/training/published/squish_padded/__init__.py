"""The published squish net: photos squished by themselves, an EfficientNet, two numbers."""
