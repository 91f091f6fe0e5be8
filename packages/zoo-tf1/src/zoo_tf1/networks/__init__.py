"""Networks as the evaluation loop sees them, and the package's own."""
