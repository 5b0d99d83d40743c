"""Small things every app needs and that know nobody: ids, folding, keys, blobs, errors."""
