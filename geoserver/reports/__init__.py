"""Maps and documents made from answers, for people to keep."""
