quoted {
  a = "${x}"
  b = "a ${x} b ${y}"
  c = "$${x} %%{y} $ % $$ %% 100%"
  d = "${f("nested ${"deeper ${x}"}")}"
  e = "%{ if x }yes%{ else }no%{ endif }"
  f = "%{ for x in y }${x},%{ endfor }"
  g = "a  %{~ if x ~}  b  %{~ endif ~}  c"
  h = "%{ for k, v in m }%{ if v }${k}%{ endif }%{ endfor }"
  i = "\n\r\t\"\\ \u00e9 \U0001F600"
  j = "${{ a = 1 }.a}"
  k = "${"${x}"}"
  l = "it's / # // /* fine"
}
heredocs {
  a = <<EOT
plain "text" \n $${x}
  indented
EOT
  b = <<-EOT
    unindented ${x}
      more

    last
    EOT
  c = <<-SQL
    SELECT %{ if x }1%{ else }2%{ endif }
  SQL
  d = <<EOT
EOT
  e = <<EOT
%{ for x in y ~}
  ${x}
%{ endfor ~}
EOT
  after = 1
}
