"""The tools that set up, check and report."""
