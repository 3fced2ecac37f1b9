"""The published six-channel crop net: made pairs, a ResNet with three heads, its figures."""

from photoloupe.training.published.crop_pairs.net import PairAnswer as PairAnswer
from photoloupe.training.published.crop_pairs.net import PairJudge as PairJudge
from photoloupe.training.published.crop_pairs.net import load_pair_net as load_pair_net
