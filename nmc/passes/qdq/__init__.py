"""How fold-qdq turns real operators between dequantise and quantise into integer operations."""
