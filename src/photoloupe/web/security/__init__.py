"""Who may ask for what: host, token, allowed files, expressions, slow connections."""
