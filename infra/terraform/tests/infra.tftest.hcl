# The whole plan of the real configuration, without a cloud: every resource is mocked.
#
# `plan` and not `apply`: after an apply the test would destroy what it made, which prevent_destroy refuses.
# override_during makes computed values known in the plan.

mock_provider "google" {
  override_during = plan

  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
  mock_resource "google_service_account" {
    defaults = { name = "projects/demo/serviceAccounts/x@demo.iam.gserviceaccount.com" }
  }
}

variables {
  project          = "demo"
  region           = "europe-west1"
  domain           = "studio.example.com"
  google_client_id = "123-abc.apps.googleusercontent.com"
  alert_email      = "a@example.com"
  billing_account  = "012345-6789AB-CDEF01"
  repository       = { owner = "o", name = "r", branch = "main" }
}

run "who_may_call" {
  command = plan

  assert {
    condition = alltrue([
      for name, service in google_cloud_run_v2_service.function :
      (service.ingress == "INGRESS_TRAFFIC_ALL") == contains(["public", "hook"], local.manifest.functions[name].kind)
    ])
    error_message = "Tasks, crons and admin functions take nothing from the internet; the others do."
  }
  assert {
    condition     = toset(keys(google_cloud_run_v2_service_iam_member.open)) == toset([for name, function in local.manifest.functions : name if contains(["public", "hook"], function.kind)])
    error_message = "Everybody may call public functions and hooks, and nothing else."
  }
  assert {
    condition     = alltrue([for binding in google_cloud_run_v2_service_iam_member.open : binding.role == "roles/run.invoker" && binding.member == "allUsers"])
    error_message = "An open function is open to call, no more."
  }
  assert {
    condition     = toset(keys(google_cloud_run_v2_service_iam_member.invoked)) == toset([for name, function in local.manifest.functions : name if contains(["task", "cron"], function.kind)])
    error_message = "The invoker calls tasks and crons; admin functions nobody by default."
  }
  assert {
    condition     = alltrue([for binding in google_cloud_run_v2_service_iam_member.invoked : binding.member == google_service_account.invoker.member])
    error_message = "A task or cron function is called by the invoker only."
  }
}

run "services" {
  command = plan

  assert {
    condition     = toset(keys(google_cloud_run_v2_service.function)) == toset(keys(local.manifest.functions))
    error_message = "Each function is a service."
  }
  assert {
    condition     = alltrue([for name in keys(local.functions) : length("fn-${replace(name, "_", "-")}") <= 30])
    error_message = "fn-<name> must fit a service account's 30 characters."
  }
  assert {
    condition = alltrue([
      for name, service in google_cloud_run_v2_service.function :
      { for env in service.template[0].containers[0].env : env.name => env.value }["FUNCTION_TARGET"] == name &&
      { for env in service.template[0].containers[0].env : env.name => env.value }["THREADS"] == tostring(service.template[0].max_instance_request_concurrency) &&
      "${ { for env in service.template[0].containers[0].env : env.name => env.value }["CLOUD_RUN_TIMEOUT_SECONDS"]}s" == service.template[0].timeout
    ])
    error_message = "A service knows its function, and has as many threads as requests and as much time as it says."
  }
  assert {
    condition = alltrue([
      for name, service in google_cloud_run_v2_service.function :
      toset([for env in service.template[0].containers[0].env : env.name if length(env.value_source) > 0]) == toset(local.manifest.functions[name].kind == "admin" ? [] : try(local.manifest.functions[name].secrets, []))
    ])
    error_message = "A function gets the secrets that the manifest names."
  }
  assert {
    condition     = alltrue([for service in google_cloud_run_v2_service.function : service.template[0].scaling[0].max_instance_count <= 100])
    error_message = "No function may grow without a bound."
  }
  assert {
    condition     = alltrue([for service in google_cloud_run_v2_service.function : tonumber(trimsuffix(service.template[0].timeout, "s")) <= 1800])
    error_message = "A task's deadline is 30 minutes at most."
  }
}

run "least_privilege" {
  command = plan

  assert {
    condition     = toset(keys(google_project_iam_member.datastore)) == toset([for name, function in local.manifest.functions : name if contains(function.roles, "datastore")])
    error_message = "The database is for those that the manifest names."
  }
  assert {
    condition     = toset(keys(google_kms_crypto_key_iam_member.tokens)) == toset([for name, function in local.manifest.functions : name if contains(function.roles, "kms")])
    error_message = "The key is for those that the manifest names."
  }
  assert {
    condition     = toset(keys(google_storage_bucket_iam_member.staging)) == toset([for name, function in local.manifest.functions : name if contains(function.roles, "staging")])
    error_message = "The bucket is for those that the manifest names."
  }
  assert {
    condition     = toset(keys(google_secret_manager_secret_iam_member.reader)) == toset(flatten([for name, function in local.manifest.functions : [for secret in try(function.secrets, []) : "${name}/${secret}"]]))
    error_message = "A secret is for those that the manifest names."
  }
  assert {
    condition     = length(google_cloud_tasks_queue_iam_member.enqueuer) == sum([for name, function in local.manifest.functions : sum(concat([0], [for queue in try(function.queues, []) : local.manifest.queues[queue].shards]))])
    error_message = "A queue's shards are for those that the manifest names."
  }
  assert {
    condition     = toset(keys(google_service_account_iam_member.act_as_invoker)) == toset([for name, function in local.manifest.functions : name if length(try(function.queues, [])) > 0])
    error_message = "Only who makes tasks may act as the invoker."
  }
  assert {
    condition = toset([for binding in concat(values(google_project_iam_member.datastore), values(google_project_iam_member.deployer)) : binding.role]) == toset([
      "roles/datastore.user", "roles/run.developer", "roles/logging.logWriter", "roles/logging.viewer",
    ])
    error_message = "No other role is given on the whole project."
  }
  assert {
    condition = alltrue(concat(
      [for binding in google_kms_crypto_key_iam_member.tokens : binding.role == "roles/cloudkms.cryptoKeyEncrypterDecrypter"],
      [for binding in google_secret_manager_secret_iam_member.reader : binding.role == "roles/secretmanager.secretAccessor"],
      [for binding in google_cloud_tasks_queue_iam_member.enqueuer : binding.role == "roles/cloudtasks.enqueuer"],
      [for binding in google_storage_bucket_iam_member.staging : binding.role == "roles/storage.objectUser"],
      [for binding in google_service_account_iam_member.deployer_acts_as : binding.role == "roles/iam.serviceAccountUser"],
    ))
    error_message = "Each binding has the narrowest role for its use."
  }
}

run "queues_and_crons" {
  command = plan

  assert {
    condition     = alltrue([for queue in google_cloud_tasks_queue.shard : queue.rate_limits[0].max_dispatches_per_second <= 500 && queue.rate_limits[0].max_concurrent_dispatches <= 5000])
    error_message = "Cloud Tasks caps a queue at 500 dispatches a second and 5,000 at a time."
  }
  assert {
    condition     = length(google_cloud_tasks_queue.shard) == sum([for queue in local.manifest.queues : queue.shards]) && length(distinct([for name in keys(google_cloud_tasks_queue.shard) : substr(name, 0, 4)])) == length(google_cloud_tasks_queue.shard)
    error_message = "Each shard is a queue, and no two begin alike."
  }
  assert {
    condition     = contains(keys(google_cloud_tasks_queue.shard), "7a67-jobs-0")
    error_message = "Shards have the names that shared/core/queue.py makes."
  }
  assert {
    condition     = alltrue([for queue in google_cloud_tasks_queue.shard : queue.retry_config[0].max_attempts >= 10 && tonumber(trimsuffix(queue.retry_config[0].max_retry_duration, "s")) >= 3600])
    error_message = "A task is tried for an hour at least."
  }
  assert {
    condition     = toset(keys(google_cloud_scheduler_job.cron)) == toset([for name, function in local.manifest.functions : name if function.kind == "cron"])
    error_message = "Each cron has its schedule."
  }
  assert {
    condition = alltrue([
      for name, job in google_cloud_scheduler_job.cron :
      job.time_zone == "Etc/UTC" && tonumber(trimsuffix(job.attempt_deadline, "s")) >= 15 && tonumber(trimsuffix(job.attempt_deadline, "s")) <= 1800
    ])
    error_message = "Scheduler's deadline is 15 s to 30 min, its zone has no summer time."
  }
  assert {
    condition = alltrue([
      for name, job in google_cloud_scheduler_job.cron :
      job.http_target[0].oidc_token[0].audience == "https://${replace(name, "_", "-")}-123456789.europe-west1.run.app" &&
      startswith(job.http_target[0].uri, job.http_target[0].oidc_token[0].audience)
    ])
    error_message = "A cron's token is for the URL that its service accepts."
  }
}

run "what_must_not_be_lost" {
  command = plan

  assert {
    condition     = google_firestore_database.main.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED" && google_firestore_database.main.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.main.type == "FIRESTORE_NATIVE"
    error_message = "The database can be taken back by the minute, and not be deleted by chance."
  }
  assert {
    condition     = google_firestore_backup_schedule.daily.retention == "1209600s" && length(google_firestore_backup_schedule.daily.daily_recurrence) == 1
    error_message = "A backup each day, for two weeks."
  }
  assert {
    condition     = tonumber(trimsuffix(google_kms_crypto_key.tokens.rotation_period, "s")) <= 7776000 && tonumber(trimsuffix(google_kms_crypto_key.tokens.destroy_scheduled_duration, "s")) >= 2592000
    error_message = "The key rotates, and a destroyed version can be called back for 30 days."
  }
  assert {
    condition     = strcontains(google_firebaserules_ruleset.firestore.source[0].files[0].content, "allow read, write: if false;")
    error_message = "Nobody reads the database directly."
  }
  assert {
    condition     = length(google_firestore_index.composite) == length(local.indexing.composite) && length(google_firestore_field.ttl) == length(local.indexing.expiring)
    error_message = "Each index and each expiry is made."
  }
  assert {
    condition     = google_storage_bucket.staging.public_access_prevention == "enforced" && google_storage_bucket.staging.uniform_bucket_level_access && one(google_storage_bucket.staging.lifecycle_rule[0].condition).age == 7
    error_message = "Staged pictures are nobody's but ours, for seven days."
  }
}

run "edge" {
  command = plan

  assert {
    condition     = length(google_compute_url_map.edge.path_matcher[0].route_rules) == sum([for function in local.open : length(function.routes)])
    error_message = "Each route of an open function is in the URL map."
  }
  assert {
    condition     = alltrue([for name in keys(google_compute_backend_service.function) : contains(["public", "hook"], local.manifest.functions[name].kind)])
    error_message = "No task, cron or admin function is behind the load balancer."
  }
  assert {
    condition     = alltrue([for service in google_compute_backend_service.function : service.log_config[0].enable == false])
    error_message = "The load balancer's logs would have whole URLs."
  }
  assert {
    condition     = one([for rule in google_compute_security_policy.edge.rule : rule.rate_limit_options[0].rate_limit_threshold[0].count if rule.action == "throttle"]) == var.requests_per_minute
    error_message = "The edge limits what one address may ask."
  }
  assert {
    condition     = google_compute_url_map.redirect.default_url_redirect[0].https_redirect
    error_message = "Plain http is sent to https."
  }
  assert {
    condition     = google_compute_managed_ssl_certificate.edge.managed[0].domains == tolist(["studio.example.com"])
    error_message = "The certificate is the domain's."
  }
}

run "logs_have_no_secrets" {
  command = plan

  assert {
    condition = alltrue([
      for part in ["/api/auth/callback/google", "/api/user/google-drive/callback", "/hooks/modelslab/", "/api/references/", "(t|exchange|code|state)="] :
      strcontains(google_logging_project_exclusion.secret_paths.filter, part)
    ])
    error_message = "Request logs of paths that carry secrets are dropped."
  }
  assert {
    condition     = strcontains(google_logging_project_exclusion.secret_paths.filter, "run.googleapis.com%2Frequests")
    error_message = "It is Cloud Run's request log that is dropped from."
  }
}

run "watched" {
  command = plan

  assert {
    condition     = length(google_logging_metric.event) == length(local.watch.metrics) && length(google_monitoring_alert_policy.alert) == length(local.watch.alerts)
    error_message = "Each metric and each alert is made."
  }
  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.alert : length(alert.notification_channels) == 1 && strcontains(alert.documentation[0].content, "## Do")])
    error_message = "Each alert tells somebody, with its playbook."
  }
  assert {
    condition     = toset([for name, alert in google_monitoring_alert_policy.alert : name if length(alert.conditions[0].condition_absent) > 0]) == toset([for name, alert in local.watch.alerts : name if try(alert.absent, null) != null])
    error_message = "A cron's silence is an alarm."
  }
  assert {
    condition     = length(google_billing_budget.monthly) == 1 && length(google_billing_budget.monthly[0].threshold_rules) == 3
    error_message = "Somebody is told before the money is spent."
  }
}

run "releases" {
  command = plan

  assert {
    condition     = google_cloudbuild_trigger.release[0].filename == "cloudbuild.yaml" && google_cloudbuild_trigger.release[0].github[0].push[0].branch == "^main$"
    error_message = "A push to the branch, and to no other, is a release."
  }
  assert {
    condition     = toset(keys(google_service_account_iam_member.deployer_acts_as)) == toset(keys(local.functions))
    error_message = "The deployer acts as the functions' accounts, not as any account."
  }
  assert {
    condition     = google_artifact_registry_repository.functions.docker_config[0].immutable_tags && length(google_artifact_registry_repository.functions.cleanup_policies) == 2
    error_message = "An image's tag means one image, and old ones go."
  }
}

run "without_trigger_and_budget" {
  command = plan
  variables {
    billing_account = ""
    repository      = null
  }

  assert {
    condition     = length(google_billing_budget.monthly) == 0 && length(google_cloudbuild_trigger.release) == 0
    error_message = "Both can be left out."
  }
}

run "refuses_a_plan_that_there_is_not" {
  command = plan
  variables {
    provider_concurrency = 7
  }
  expect_failures = [var.provider_concurrency]
}
