"""Five published systems, rebuilt as recipes. Nothing outside this room imports it."""
