"""What is read: one module a room or environment, one `Target` a kind of file."""
