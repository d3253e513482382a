# CRLF line ends
block "a" {
  x = 1
  y = [
    1,
  ]
  z = <<-EOT
    a
    b
  EOT
}
