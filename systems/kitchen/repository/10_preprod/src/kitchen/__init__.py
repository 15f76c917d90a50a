"""Analyses of recipes and ratings."""
