output "address" {
  description = "The A record of the domain."
  value       = google_compute_global_address.edge.address
}

output "redirect_uris" {
  description = "Authorized redirect URIs of the OAuth client, exactly."
  value       = [for path in ["/api/auth/callback/google", "/api/user/google-drive/callback"] : "https://${var.domain}${path}"]
}

output "secrets" {
  description = "Secrets that need a version before the first release."
  value       = keys(google_secret_manager_secret.this)
}

output "image" {
  description = "Where images of the functions are."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.functions.repository_id}/functions"
}
