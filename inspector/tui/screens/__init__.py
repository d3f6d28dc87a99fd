"""What fills the terminal: the main screen with its tabs, and what lies over it for a while."""
