"""Pure answers from arrays: road network, dispatch, reach, statistics."""
