"""The damage kind: a head that lowers the rating of damaged photos, on a trunk that stays."""
