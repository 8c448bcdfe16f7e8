"""What builds, checks and measures Unmet; nothing here is needed at run time."""
