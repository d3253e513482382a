locals {
  backup_urls = [
    "s3://my-atlas-backups/example/schemas?region=us-east-1",
  ]
}
env "ci" {
  dev = getenv("DEV_DATABASE_URL")
  schema {
    src = "file://schema.hcl"
    repo {
      name   = "app"
      backup = local.backup_urls
    }
  }
}
env "prod" {
  url = getenv("DATABASE_URL")
  dev = getenv("DEV_DATABASE_URL")
  schema {
    # Pull desired state from Atlas Registry.
    src = "atlas://app"
    # Keep backup URLs here as well, so atlas:// reads can fall back.
    repo {
      name   = "app"
      backup = local.backup_urls
    }
  }
}
