"""Orders from source to dashboard."""
