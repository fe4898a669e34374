"""Detectors of change and filters of hidden states."""
