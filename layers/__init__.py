"""What is on the map: model, store, registry, snapshot, query, policy, positions, import."""
