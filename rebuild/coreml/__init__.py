"""A rebuilt model as a Core ML package, and what runs such a package anywhere."""
