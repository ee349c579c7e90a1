"""The local ModelsLab."""
