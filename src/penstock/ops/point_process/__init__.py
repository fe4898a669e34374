"""Intensities of event streams."""
