"""Routes: photos, library, service; and what bodies they take."""
