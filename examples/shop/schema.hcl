schema "public" {
}

enum "order_state" {
  schema = schema.public
  values = ["open", "paid", "sent"]
}

table "customer" {
  schema = schema.public
  column "id" {
    type = bigint
    identity {
      generated = ALWAYS
    }
  }
  column "email" {
    type = varchar(320)
  }
  column "created_at" {
    type    = timestamptz
    default = sql("now()")
  }
  primary_key {
    columns = [column.id]
  }
  unique "customer_email_key" {
    columns = [column.email]
  }
}

table "order" {
  schema  = schema.public
  comment = "what a customer bought"
  column "id" {
    type = bigint
    identity {
      generated = ALWAYS
    }
  }
  column "customer_id" {
    type = bigint
  }
  column "state" {
    type    = enum.order_state
    default = "open"
  }
  column "total" {
    type    = numeric(12,2)
    default = 0
  }
  primary_key {
    columns = [column.id]
  }
  foreign_key "order_customer" {
    columns     = [column.customer_id]
    ref_columns = [table.customer.column.id]
    on_delete   = RESTRICT
  }
  index "order_open" {
    columns = [column.customer_id]
    where   = "state = 'open'"
  }
  check "total_not_negative" {
    expr = "total >= 0"
  }
}
