"""Small things every app needs and that know nobody: ids, clock, folding, secrets, blobs, errors."""
