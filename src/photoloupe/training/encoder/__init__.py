"""The encoder kind: a published image encoder that rates photos, its first and last layers ours."""
