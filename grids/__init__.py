"""Kernel: errors, units, reference systems, codes, hierarchy, arcs, point location, validation."""
