# Cloud Tasks queues, sharded, and who may put tasks into them.

resource "google_cloud_tasks_queue" "shard" {
  for_each = local.shards
  name     = each.key
  location = var.region

  rate_limits {
    max_dispatches_per_second = each.value.rate / each.value.shards
    max_concurrent_dispatches = ceil(each.value.concurrent / each.value.shards)
  }

  # Both limits must be spent before a task is dropped, silently: the sweep finds its job.
  retry_config {
    max_attempts       = each.value.attempts
    max_retry_duration = "${each.value.retrySeconds}s"
    min_backoff        = "${each.value.minBackoffSeconds}s"
    max_backoff        = "${each.value.maxBackoffSeconds}s"
    max_doublings      = 8
  }

  stackdriver_logging_config {
    sampling_ratio = 0.1
  }

  depends_on = [google_project_service.api]
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.enqueuers
  name     = google_cloud_tasks_queue.shard[each.value.shard].name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.function[each.value.function].member
}

# Whoever creates a task with a token must be allowed to act as the token's account.
resource "google_service_account_iam_member" "act_as_invoker" {
  for_each           = toset([for pair in local.enqueuers : pair.function])
  service_account_id = google_service_account.invoker.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.function[each.key].member
}
