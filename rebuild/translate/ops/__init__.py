"""One function an operator, a family a file; importing this package registers all of them."""
