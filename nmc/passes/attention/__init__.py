"""What `fuse-attention` looks for."""
