"""The paid picture provider ModelsLab on one machine, with real pictures, a ledger and its bad days."""
