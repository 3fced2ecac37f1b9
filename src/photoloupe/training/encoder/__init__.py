"""A published image encoder that takes whole photos and rates them: mouth and last layer ours."""
