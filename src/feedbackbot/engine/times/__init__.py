"""Time as people mean it: opening hours, days in words, durations, zones."""
