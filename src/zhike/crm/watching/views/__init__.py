"""Pages that watch segments and tiers."""
