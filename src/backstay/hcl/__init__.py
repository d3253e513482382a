"""The HCL language: one syntax tree, two front ends, one evaluator, one writer."""
