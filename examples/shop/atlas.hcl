# The registry is one bucket, the backup another; ci makes states and plans, prod applies them.
locals {
  registry = getenv("REGISTRY_URL")
  backups  = [getenv("BACKUP_URL")]
}

env "ci" {
  url = getenv("DATABASE_URL")
  schema {
    src = "file://schema.hcl"
    repo {
      name   = "shop"
      url    = local.registry
      backup = local.backups
    }
  }
}

env "prod" {
  url = getenv("DATABASE_URL")
  schema {
    src = "atlas://shop"
    repo {
      name   = "shop"
      url    = local.registry
      backup = local.backups
    }
  }
}
