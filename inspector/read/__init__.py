"""The file: bounds-checked FlatBuffer reading and the records made from it. Nothing here needs NumPy to list."""
