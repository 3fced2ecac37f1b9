"""Recipes -> trained models. torch lives here alone."""
