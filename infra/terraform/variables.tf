variable "project" {
  type        = string
  description = "Project id. Everything is in this one project: one for each environment."
}

variable "region" {
  type        = string
  description = "Region of everything, Firestore included. Firestore's can never be changed."
}

variable "domain" {
  type        = string
  description = "Host of the studio and its API, such as studio.example.com. Its A record must point to the output `address`."
}

variable "google_client_id" {
  type        = string
  description = "The OAuth client (type: web application) of sign-in and Drive. Made by hand: there is no API for it."
}

variable "alert_email" {
  type        = string
  description = "Where alerts are sent."
}

variable "billing_account" {
  type        = string
  description = "Billing account id of the budget alert, such as 012345-6789AB-CDEF01. Empty: no budget alert."
  default     = ""
}

variable "monthly_budget" {
  type        = number
  description = "Whole units of the billing account's currency; alerts at 50, 90 and 100 per cent."
  default     = 100
}

variable "provider_concurrency" {
  type        = number
  description = "Jobs that the ModelsLab account takes at once: 5, 10 or 15, by its plan."
  default     = 5

  validation {
    condition     = contains([5, 10, 15], var.provider_concurrency)
    error_message = "ModelsLab's plans take 5, 10 or 15 jobs at once."
  }
}

variable "sign_up_grant" {
  type        = number
  description = "Credits for a new user."
  default     = 100
}

variable "requests_per_minute" {
  type        = number
  description = "Requests of one address that the edge lets through in a minute."
  default     = 600
}

variable "repository" {
  type        = object({ owner = string, name = string, branch = string })
  description = "The GitHub repository and branch that a push releases. Null: no trigger, releases by hand."
  default     = null
}

variable "settings" {
  type        = map(string)
  description = "Further settings of all functions, by name (shared/core/config.py)."
  default     = {}
}
