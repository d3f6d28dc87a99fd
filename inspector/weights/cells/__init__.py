"""Recurrent layers that a converter wrote out, as a loop or step by step: found again."""
