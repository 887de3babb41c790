"""What is kept: one noun a file, and the database they live in."""
