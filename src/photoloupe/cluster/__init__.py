"""The same scan and the same crop search on many machines, by Ray: see docs/concepts/scale.md.

storage        photos in object storage: listed, and read within limits
engine         Ray itself: joined, given tasks, its answers taken as they come
scan_actor     files -> rows, in an actor that has loaded the models once
scan           the verb scan: files are listed, actors read them, and one driver commits
search_actor   codes -> the best hits, in an actor that holds a part of the index
confirm_actor  pairs -> crops, in an actor that reads photos
search         the verb crops: all of these in turn

Scheduling, retries, back-pressure and lost machines are Ray's business: none of it is here.
"""

from photoloupe.cluster.scan import scan
from photoloupe.cluster.search import find_crops

__all__ = ["find_crops", "scan"]
