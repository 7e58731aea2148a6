"""The search space: parameters, ranges, distributions, expressions, and reading them."""
