"""What follows from changes."""
