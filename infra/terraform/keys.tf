# The key that wraps the users' data keys. Neither ring nor key can ever be deleted, nor its name used again; losing the
# key loses every token: all users would have to connect their Drives again.

resource "google_kms_key_ring" "app" {
  name       = "app"
  location   = var.region
  depends_on = [google_project_service.api]
}

resource "google_kms_crypto_key" "tokens" {
  name                       = "tokens"
  key_ring                   = google_kms_key_ring.app.id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "7776000s" # 90 days; old versions still decrypt
  destroy_scheduled_duration = "2592000s" # 30 days to notice

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "tokens" {
  for_each      = local.having.kms
  crypto_key_id = google_kms_crypto_key.tokens.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = google_service_account.function[each.key].member
}
