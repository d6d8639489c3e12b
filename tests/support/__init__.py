"""What tests share: actors, clock, databases, stores, photos, servers."""
