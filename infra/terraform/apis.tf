# What must be switched on before anything else can be made.

locals {
  apis = toset([
    "artifactregistry", "billingbudgets", "cloudbuild", "cloudkms", "cloudresourcemanager", "cloudscheduler",
    "cloudtasks", "compute", "drive", "firebaserules", "firestore", "iam", "iamcredentials", "logging", "monitoring",
    "picker", "run", "secretmanager", "storage",
  ])
}

resource "google_project_service" "api" {
  for_each           = local.apis
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}
