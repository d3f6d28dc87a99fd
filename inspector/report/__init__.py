"""What a person or a program sees: tables and JSON."""
