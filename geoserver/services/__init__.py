"""What routes ask for, one file per noun: parsed values in, plain documents out."""
