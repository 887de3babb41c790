"""What a script looks like, for editors (JSON Schema) and for the eye (a drawing of its steps)."""
