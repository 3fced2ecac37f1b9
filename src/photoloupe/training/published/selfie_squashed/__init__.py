"""The published selfie net: a frozen ConvNeXt that sees a small square, and two outputs."""

from photoloupe.training.published.selfie_squashed.net import ClassJudge as ClassJudge
from photoloupe.training.published.selfie_squashed.net import load_class_net as load_class_net
