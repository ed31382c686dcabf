"""Pages of the models and of what they say."""
