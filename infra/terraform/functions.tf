# One Cloud Run service for each function. Terraform owns the shape of a service, a release its image and its traffic.

locals {
  settings = merge({
    PROJECT_ID           = var.project
    REGION               = var.region
    PUBLIC_BASE_URL      = "https://${var.domain}"
    FUNCTION_URL         = "https://{service}-${data.google_project.this.number}.${var.region}.run.app"
    GOOGLE_CLIENT_ID     = var.google_client_id
    KMS_KEY              = google_kms_crypto_key.tokens.id
    STAGING_BUCKET       = google_storage_bucket.staging.name
    TASK_INVOKER         = google_service_account.invoker.email
    BEHIND_IAM           = "true"
    TRUSTED_PROXIES      = "2" # the load balancer appends the client's address and its own
    PROVIDER_CONCURRENCY = tostring(var.provider_concurrency)
    SIGN_UP_GRANT        = tostring(var.sign_up_grant)
    QUEUE_SHARDS         = jsonencode({ for queue, entry in local.manifest.queues : queue => entry.shards })
  }, var.settings)
}

resource "google_cloud_run_v2_service" "function" {
  for_each = local.functions
  name     = each.value.service
  location = var.region
  # Open ones are called through the load balancer, or at their own URLs by a frontend elsewhere (past the edge's rate limit,
  # not past the functions' own); private ones by Tasks and Scheduler of this project.
  ingress             = contains(keys(local.open), each.key) ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_ONLY"
  custom_audiences    = [local.url[each.key]]
  deletion_protection = false # a service holds nothing

  template {
    service_account                  = google_service_account.function[each.key].email
    timeout                          = "${each.value.timeout}s"
    max_instance_request_concurrency = each.value.concurrency

    scaling {
      min_instance_count = each.value.min
      max_instance_count = each.value.max
    }

    containers {
      # Only for the first apply; a release rolls the real image.
      image = "us-docker.pkg.dev/cloudrun/container/hello"

      dynamic "env" {
        for_each = merge(local.settings, each.value.env, {
          FUNCTION_TARGET = each.key
          # As many threads as requests, or requests wait inside the instance.
          THREADS                   = tostring(each.value.concurrency)
          CLOUD_RUN_TIMEOUT_SECONDS = tostring(each.value.timeout)
        })
        content {
          name  = env.key
          value = env.value
        }
      }

      # Read when an instance starts: a new version is used from the next release on.
      dynamic "env" {
        for_each = toset(each.value.secrets)
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.this[env.key].secret_id
              version = "latest"
            }
          }
        }
      }

      resources {
        limits            = { cpu = each.value.cpu, memory = each.value.memory }
        startup_cpu_boost = true
      }
    }
  }

  # Cloud Run refuses a service whose account cannot read its secrets yet.
  depends_on = [google_secret_manager_secret_iam_member.reader]

  lifecycle {
    # What a release by gcloud changes. Without template[0].revision every apply would move the traffic.
    ignore_changes = [
      client,
      client_version,
      traffic,
      template[0].revision,
      template[0].labels,
      template[0].containers[0].image,
    ]
  }
}

resource "google_cloud_run_v2_service_iam_member" "open" {
  for_each = local.open
  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

# Tasks and crons. Admin functions have no binding: an operator gets one by hand, for as long as it is needed.
resource "google_cloud_run_v2_service_iam_member" "invoked" {
  for_each = local.invoked
  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.invoker.member
}
