// A project file with everything that project files use.
variable "tenants" {
  type        = list(string)
  default     = []
  description = "who gets a schema"
}

variable "limits" {
  type = object({
    tables = number
    names  = map(string)
  })
  default = { tables = 10, names = {} }
}

/* Several
   lines. */
locals {
  many   = length(var.tenants) > 3
  prefix = local.many ? "t_" : ""
  names  = [for i, t in var.tenants : "${local.prefix}${t}_${i}" if t != "" && !startswith(t, "-")]
  byname = { for t in var.tenants : upper(t) => t... }
  url    = urlsetpath(getenv("URL"), "/x")
}

atlas {
  cloud {
    url = "https://registry.example.org"
  }
}

data "external" "tenants" {
  program     = ["sh", "-c", "echo '[]'"]
  working_dir = "."
}

docker "postgres" "dev" {
  image = "postgres:16"
  build {
    args = { k = "v" }
  }
}

env {
  name     = atlas.env
  for_each = toset(jsondecode(data.external.tenants))
  url      = urlsetpath(var.url, each.value)
  src      = ["file://a.hcl", "file://b.hcl"]
  format {
    schema {
      apply = format("{{ json . | json_merge %q }}", jsonencode({ Tenant = each.value }))
    }
  }
  lint {
    review = ERROR
    destructive { error = true }
  }
  diff {
    skip { drop_schema = true }
  }
}
