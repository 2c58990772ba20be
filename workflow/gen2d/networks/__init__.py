"""Networks of K independent members, and their hand-derived gradients."""
