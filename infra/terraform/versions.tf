terraform {
  # 1.11: mock_provider's override_during, used by tests/.
  required_version = ">= 1.11"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.0"
    }
  }
  # The state holds no secret, but names everything: a bucket of its own, with versions (docs/deploy.md makes it).
  backend "gcs" {
    prefix = "ecosystem-ip-ai"
  }
}

provider "google" {
  project = var.project
  region  = var.region
}
