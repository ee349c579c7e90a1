# Secrets without their versions: a version's value would end up in Terraform's state.

resource "google_secret_manager_secret" "this" {
  for_each  = toset([for pair in local.readers : pair.secret])
  secret_id = each.key
  replication {
    auto {}
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each  = local.readers
  secret_id = google_secret_manager_secret.this[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}
