"""Mismatches: metrics, matching and the verdict on each operator."""
