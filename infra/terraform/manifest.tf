# What ../functions.yaml says, in the forms that the other files need.

data "google_project" "this" {
  project_id = var.project
}

locals {
  manifest = yamldecode(file("${path.module}/../functions.yaml"))
  functions = {
    for name, entry in local.manifest.functions : name => merge(local.manifest.defaults, entry, {
      service = replace(name, "_", "-") # Cloud Run has hyphens where Python has underscores
      env     = merge(local.manifest.defaults.env, try(entry.env, {}))
    })
  }

  # Open to everybody: the function itself authenticates. Everything else is behind IAM.
  open    = { for name, function in local.functions : name => function if contains(["public", "hook"], function.kind) }
  private = { for name, function in local.functions : name => function if !contains(["public", "hook"], function.kind) }
  crons   = { for name, function in local.functions : name => function if function.kind == "cron" }
  invoked = { for name, function in local.private : name => function if function.kind != "admin" }

  # A service's URL is known before the service exists, so a function can be told another's without a cycle.
  url = {
    for name, function in local.functions :
    name => "https://${function.service}-${data.google_project.this.number}.${var.region}.run.app"
  }

  # A queue of n shards is n queues. A hash goes in front: queues with contiguous names would be throttled as one.
  shards = merge([
    for queue, entry in local.manifest.queues : {
      for n in range(entry.shards) :
      (entry.shards == 1 ? queue : "${substr(sha256("${queue}-${n}"), 0, 4)}-${queue}-${n}") => merge(entry, { queue = queue })
    }
  ]...)

  # Pairs of function and what it may use: one binding each.
  enqueuers = merge([
    for name, function in local.functions : {
      for shard, entry in local.shards : "${name}/${shard}" => { function = name, shard = shard }
      if contains(function.queues, entry.queue)
    }
  ]...)
  readers = merge([
    for name, function in local.functions : {
      for secret in function.secrets : "${name}/${secret}" => { function = name, secret = secret }
    }
  ]...)
  having = {
    for role in ["datastore", "kms", "staging"] :
    role => { for name, function in local.functions : name => function if contains(function.roles, role) }
  }
}
