"""A stock file: read from CSV, XLSX, JSON Lines or Arrow, and joined to a catalogue."""
