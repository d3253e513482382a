top = 1
one { a = 1 }
two "x" y "z \"q\"" {
  three {
    four {
    }
  }
  three { }
}
for "if" {
  in   = 1
  else = 2
}
with-dash "a" { # comment
  a-b = 1 // another
  c   = 2 /* and another */
}
/* between */ last {} # done
