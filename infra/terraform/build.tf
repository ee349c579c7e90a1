# Releases: a push to the branch runs ../../cloudbuild.yaml as the deployer.

resource "google_service_account" "deployer" {
  account_id   = "deployer"
  display_name = "Cloud Build releases"
  depends_on   = [google_project_service.api]
}

# It may roll images and traffic of services, act as the functions' accounts while it does, write images and logs, and read
# the logs that its canary looks at. It may not change roles, read secrets, or touch the database, the key or the bucket.
resource "google_project_iam_member" "deployer" {
  for_each = toset(["roles/run.developer", "roles/logging.logWriter", "roles/logging.viewer"])
  project  = var.project
  role     = each.key
  member   = google_service_account.deployer.member
}

resource "google_artifact_registry_repository_iam_member" "deployer" {
  repository = google_artifact_registry_repository.functions.name
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.deployer.member
}

resource "google_service_account_iam_member" "deployer_acts_as" {
  for_each           = local.functions
  service_account_id = google_service_account.function[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deployer.member
}

# What is in each image (SBOM), for two years.
resource "google_storage_bucket" "builds" {
  name                        = "${var.project}-builds"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  lifecycle_rule {
    condition {
      age = 730
    }
    action {
      type = "Delete"
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_iam_member" "builds" {
  bucket = google_storage_bucket.builds.name
  role   = "roles/storage.objectCreator"
  member = google_service_account.deployer.member
}

resource "google_cloudbuild_trigger" "release" {
  count           = var.repository == null ? 0 : 1
  name            = "release"
  location        = var.region
  filename        = "cloudbuild.yaml"
  service_account = google_service_account.deployer.id

  github {
    owner = var.repository.owner
    name  = var.repository.name
    push {
      branch = "^${var.repository.branch}$"
    }
  }
  substitutions = {
    _REGION = var.region
    _URL    = "https://${var.domain}"
  }
}
