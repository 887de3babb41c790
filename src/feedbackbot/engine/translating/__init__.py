"""Translations of what the bot says: which texts there are, the side files that translate them, and PO files."""
