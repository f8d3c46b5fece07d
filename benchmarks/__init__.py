"""What produces every number that is published; each script is one command."""
