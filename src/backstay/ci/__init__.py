"""CI systems behind one protocol: where inputs come from, what triggered the run, where results go."""
