# One Cloud Scheduler job for each function of kind cron.

resource "google_cloud_scheduler_job" "cron" {
  for_each         = local.crons
  name             = each.value.service
  region           = var.region
  schedule         = each.value.schedule
  time_zone        = "Etc/UTC" # a zone with summer time skips or doubles runs
  attempt_deadline = "${each.value.timeout}s"

  retry_config {
    retry_count = 1
  }

  http_target {
    http_method = "POST"
    uri         = "${local.url[each.key]}${each.value.routes[0]}"
    oidc_token {
      service_account_email = google_service_account.invoker.email
      audience              = local.url[each.key]
    }
  }

  depends_on = [google_project_service.api]
}
