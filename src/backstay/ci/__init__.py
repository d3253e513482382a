"""The systems that CI runs on: context, outputs, annotations. A vendor is named here and nowhere else."""
