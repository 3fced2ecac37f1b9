"""Who may ask for what: host, token, paths, expressions, slow connections."""
