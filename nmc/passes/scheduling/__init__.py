"""What the passes of the scheduled level share: building and analysing its code."""
