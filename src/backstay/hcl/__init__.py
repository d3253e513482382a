"""The HCL language: one syntax tree, one parser, one evaluator, one writer."""
