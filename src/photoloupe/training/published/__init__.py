"""Published systems, rebuilt. Nothing else imports them: kinds.py has their names."""
