# What the HCL specification allows and python-hcl2 cannot read.
trims {
  a = "x  ${~ y ~}  z"
}
