literals {
  a = true
  b = false
  c = null
  d = 0
  e = -12
  f = 1.25
  g = 6.02e23
  h = - 3
  i = ""
  j = "plain"
  k = 1.0
}
operators {
  a = 1 + 2 * 3 - 4 / 5 % 6
  b = (1 + 2) * 3
  c = !true || false && true
  d = 1 < 2 == true != (3 >= 4)
  e = a - b
  f = -a.b
  g = !(x <= y)
  h = a > 1 ? b : c ? d : e
  i = (
    1 +
    2
  )
  j = x-y
  k = 1 - -2
}
collections {
  a = []
  b = {}
  c = [1, "two", [3], { four = 4 },]
  d = [
    1,
    2, # two
    // three
    3
  ]
  e = {
    a   = 1
    "b" : 2,
    (c) = 3
    "d-${e}" = 4
    5 = 6

    true = 7
  }
  f = { a = 1, b = 2 }
  g = { "a" = [1, 2], "b" = { c = "d" } }
}
steps {
  a = b.c.d
  b = b[0]["c"].d[e.f]
  c = b.0.1.c
  d = b.*.c
  e = b[*].c[0].d
  f = b.*.c[0]
  g = b[*].c[*].d
  h = b.*.c.*.d[1]
  i = f(x).y[0]
  j = [1, 2][0]
  k = { a = 1 }.a
  l = (b.*.c)[0]
  m = "x".y
  n = column["first name"]
  o = table.crm.users.column.id
  p = [column.a, table.t.column.b, "c"]
}
calls {
  a = f()
  b = f(1)
  c = f(1, "a", b.c)
  d = f(
    1,
    2,
  )
  e = f(list...)
  f = f(1, g(h(2))...)
  g = try(local.a, can(b), "c")
  h = varchar(255)
  i = numeric(10, 2)
}
loops {
  a = [for x in y : x]
  b = [for i, x in y : x.z if i > 0]
  c = { for k, v in y : k => v }
  d = { for v in y : v.k => v... if v.ok }
  e = [
    for x in y :
    upper(x)
    if x != ""
  ]
  f = { for x in [for z in w : z] : x => { y = x } }
}
