# Cloud Run's own request logs have whole URLs: those whose path or query is a secret are dropped. Our own log lines have
# the path without it.

resource "google_logging_project_exclusion" "secret_paths" {
  name        = "secret-paths"
  description = "Request logs of OAuth callbacks, webhooks, references, and signed links"
  filter = join(" AND ", [
    "logName:\"run.googleapis.com%2Frequests\"",
    "(${join(" OR ", [
      "httpRequest.requestUrl:\"/api/auth/callback/google\"",
      "httpRequest.requestUrl:\"/api/user/google-drive/callback\"",
      "httpRequest.requestUrl:\"/hooks/modelslab/\"",
      "httpRequest.requestUrl:\"/api/references/\"",
      "httpRequest.requestUrl=~\"[?&](t|exchange|code|state)=\"",
    ])})",
  ])
}
