"""The register of grid versions: arcs, units and lineage, published once and never changed."""
