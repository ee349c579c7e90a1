# A service account for each function, with what the manifest says and nothing else.
#
# What none of them may do: read another's secrets, change a service, a queue, a key or a role, create tokens of another
# account, read logs, or touch a database, bucket or queue of another project. What single ones may not do:
#
#   api_meta, api_studio        anything: they have no role at all
#   api_reference_image         no database, no key: it reads staged references and nothing else
#   api_*                       no staging bucket; only those that speak to Drive may unwrap a token's key
#   hooks_modelslab             no key, no provider's key: what comes from outside can only wake a job
#   cron_*                      no key, no secret, no Drive: they only share out work
#   tasks_check_assets          no session secret, no provider's key, no other queue than its own
#   tasks_advance_job           the only one with the provider's key; may not enqueue deletions of accounts
#   tasks_delete_account        no key, no secret: it deletes what is wrapped without ever opening it
#   admin_grant_credits         only the database; called by people with a right of their own (operators)

resource "google_service_account" "function" {
  for_each     = local.functions
  account_id   = "fn-${each.value.service}"
  display_name = "Function ${each.key}"
  depends_on   = [google_project_service.api]
}

# Cloud Tasks and Cloud Scheduler call as this account. It may call the private functions, and nothing else.
resource "google_service_account" "invoker" {
  account_id   = "task-invoker"
  display_name = "Cloud Tasks and Cloud Scheduler"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "datastore" {
  for_each = local.having.datastore
  project  = var.project
  role     = "roles/datastore.user"
  member   = google_service_account.function[each.key].member
}
