table "orders" {
  schema  = schema.shop
  comment = "all \"orders\"\nof\tall \u00e9tats"
  column "id" {
    null = false
    type = bigint
    identity {
      generated = BY_DEFAULT
      start     = 10
    }
  }
  column "first name" {
    type = character_varying(255)
  }
  column "total" {
    null    = true
    type    = numeric(10,2)
    default = -1.50
  }
  column "state" {
    type    = enum.state
    default = "new"
  }
  column "made" {
    type    = timestamptz(6)
    default = sql("CURRENT_TIMESTAMP")
  }
  column "twice" {
    type = int
    as {
      expr = "total * 2"
      type = STORED
    }
  }
  primary_key {
    columns = [column.id, column["first name"]]
  }
  foreign_key "by" {
    columns     = [column.id]
    ref_columns = [table.crm.users.column.id]
    on_delete   = SET_NULL
  }
  index "some" {
    unique = true
    where  = "(state <> 'done'::state)"
    on {
      desc   = true
      column = column.total
    }
    on {
      expr = "lower(a || '$${x}')"
      ops  = sql("text_pattern_ops(a=1)")
    }
  }
  check {
    expr = "total > 0"
  }
}

table "crm" "users" {
  schema = schema.crm
  column "id" { type = int }
}

enum "state" {
  schema = schema.shop
  values = ["new", "paid, later", "done"]
}

schema "shop" {
}
schema "crm" {}
