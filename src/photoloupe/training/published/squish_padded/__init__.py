"""The published squish net: photos squished by themselves, an EfficientNet, two numbers."""

from photoloupe.training.published.squish_padded.net import PaddedJudge as PaddedJudge
from photoloupe.training.published.squish_padded.net import load_padded_net as load_padded_net
