# The database, its backups, indexes, expiry and rules. ../indexes.yaml is what the tests hold the queries against.

locals {
  indexing = yamldecode(file("${path.module}/../indexes.yaml"))
  indexes  = { for index in local.indexing.composite : "${index.collection}/${join(",", [for field in index.fields : "${field.path}:${field.mode}"])}" => index }
}

resource "google_firestore_database" "main" {
  name                              = "(default)"
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  depends_on                        = [google_project_service.api]

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.main.name
  retention = "1209600s" # 14 days
  daily_recurrence {}
}

resource "google_firestore_index" "composite" {
  for_each   = local.indexes
  database   = google_firestore_database.main.name
  collection = each.value.collection

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.path
      order        = contains(["ASCENDING", "DESCENDING"], fields.value.mode) ? fields.value.mode : null
      array_config = fields.value.mode == "CONTAINS" ? "CONTAINS" : null
    }
  }
}

# Long fields that no query uses. An empty index_config means no single-field index.
resource "google_firestore_field" "unindexed" {
  for_each   = toset(local.indexing.unindexed)
  database   = google_firestore_database.main.name
  collection = split("/", each.key)[0]
  field      = split("/", each.key)[1]
  index_config {}
}

# Expiry. The field only grows, so it is not indexed: an index would hold the collection to 500 writes a second.
resource "google_firestore_field" "ttl" {
  for_each   = toset(local.indexing.expiring)
  database   = google_firestore_database.main.name
  collection = split("/", each.key)[0]
  field      = split("/", each.key)[1]
  ttl_config {}
  index_config {}
}

resource "google_firebaserules_ruleset" "firestore" {
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/../firestore.rules")
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_firebaserules_release" "firestore" {
  name         = "cloud.firestore"
  ruleset_name = google_firebaserules_ruleset.firestore.name
}
