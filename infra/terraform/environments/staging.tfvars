# A project of its own for trying a release: `terraform apply -var-file=environments/staging.tfvars`.
project          = "my-studio-staging"
region           = "europe-west1"
domain           = "staging.studio.example.com"
google_client_id = "123-abc.apps.googleusercontent.com"
alert_email      = "team@example.com"
sign_up_grant    = 1000
monthly_budget   = 20
