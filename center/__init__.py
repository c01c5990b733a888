"""The support center: takes journals in, shows the fleet. Only its place in the house so far."""
