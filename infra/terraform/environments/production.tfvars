# The real one: `terraform apply -var-file=environments/production.tfvars`. Change every line.
project              = "my-studio"
region               = "europe-west1"
domain               = "studio.example.com"
google_client_id     = "456-def.apps.googleusercontent.com"
alert_email          = "on-call@example.com"
billing_account      = "012345-6789AB-CDEF01"
monthly_budget       = 500
provider_concurrency = 5
repository           = { owner = "my-company", name = "ecosystem-ip-ai", branch = "main" }
