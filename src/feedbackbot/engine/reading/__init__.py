"""Reads what people have written into the folder of conversations: YAML in, frozen values or problems out."""
