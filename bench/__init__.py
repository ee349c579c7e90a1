"""Measures with a floor from the same run: `make bench`. Ratios, as these machines are noisy; no test is timed."""
