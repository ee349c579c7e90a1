# References for the provider, and results that a Drive does not take yet. Everything is gone after seven days.

resource "google_storage_bucket" "staging" {
  name                        = "${var.project}-staging"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  lifecycle_rule {
    condition {
      age = 7
    }
    action {
      type = "Delete"
    }
  }
  # What is deleted is gone: it is somebody's picture.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_iam_member" "staging" {
  for_each = local.having.staging
  bucket   = google_storage_bucket.staging.name
  role     = "roles/storage.objectUser"
  member   = google_service_account.function[each.key].member
}
