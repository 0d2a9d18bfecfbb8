"""The reference caller of tipbandit: a typed client, profile features, prompt rotation and shadow policies."""
