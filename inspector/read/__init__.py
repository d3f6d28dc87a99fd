"""The file: bounds-checked FlatBuffer reading, and the records made from it, without NumPy."""
