"""Assembly: statements, their text, their bytes, and the program image."""
