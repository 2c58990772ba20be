"""The commands of gen2d."""
