"""HCL blocks to and from the model, for all dialects: a file per kind of block, a grammar per dialect."""
