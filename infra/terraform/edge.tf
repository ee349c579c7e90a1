# The one public host: a load balancer whose URL map is the manifest's routes, with a managed certificate and rate limits.

locals {
  # `{id}` in a route is one path segment. The load balancer's patterns have wildcards at the end only, so a function gets
  # what is below the first id of its routes; literal routes of other functions go first by being more specific, and
  # routes that share their beginning are told apart by a rule with a template.
  templates = flatten([
    for name, function in local.open : [
      for route in function.routes : {
        function = name
        path     = replace(route, "/\\{(\\w+)\\}/", "{$1=*}")
        literal  = !strcontains(route, "{")
      }
    ]
  ])
  # Literal ones first: the lowest number wins.
  ordered = concat([for one in local.templates : one if one.literal], [for one in local.templates : one if !one.literal])
}

resource "google_compute_global_address" "edge" {
  name       = "edge"
  depends_on = [google_project_service.api]
}

resource "google_compute_managed_ssl_certificate" "edge" {
  name = "edge-${substr(sha256(var.domain), 0, 8)}" # a certificate cannot be changed, only replaced

  managed {
    domains = [var.domain]
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each              = local.open
  name                  = each.value.service
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloud_run_v2_service.function[each.key].name
  }
}

resource "google_compute_backend_service" "function" {
  for_each              = local.open
  name                  = each.value.service
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.edge.id

  backend {
    group = google_compute_region_network_endpoint_group.function[each.key].id
  }
  # The functions log their requests themselves, without the secrets that some paths carry.
  log_config {
    enable = false
  }
}

resource "google_compute_url_map" "edge" {
  name            = "edge"
  default_service = google_compute_backend_service.function["api_studio"].id # what no route names is a page that is not there

  host_rule {
    hosts        = [var.domain]
    path_matcher = "manifest"
  }
  path_matcher {
    name            = "manifest"
    default_service = google_compute_backend_service.function["api_studio"].id

    dynamic "route_rules" {
      for_each = { for index, one in local.ordered : index => one }
      content {
        priority = route_rules.key + 1
        service  = google_compute_backend_service.function[route_rules.value.function].id
        match_rules {
          full_path_match     = route_rules.value.literal ? route_rules.value.path : null
          path_template_match = route_rules.value.literal ? null : route_rules.value.path
        }
      }
    }
  }
}

resource "google_compute_target_https_proxy" "edge" {
  name             = "edge"
  url_map          = google_compute_url_map.edge.id
  ssl_certificates = [google_compute_managed_ssl_certificate.edge.id]
}

resource "google_compute_global_forwarding_rule" "https" {
  name                  = "edge-https"
  ip_address            = google_compute_global_address.edge.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.edge.id
  load_balancing_scheme = "EXTERNAL_MANAGED"
}

# Plain http is only told to come again by https.
resource "google_compute_url_map" "redirect" {
  name = "edge-redirect"
  default_url_redirect {
    https_redirect         = true
    strip_query            = false
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
  }
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "edge-redirect"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "http" {
  name                  = "edge-http"
  ip_address            = google_compute_global_address.edge.id
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect.id
  load_balancing_scheme = "EXTERNAL_MANAGED"
}

# A flood from one address is refused before it costs anything. The functions have limits for each user besides.
resource "google_compute_security_policy" "edge" {
  name = "edge"

  rule {
    action   = "throttle"
    priority = 1000
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }
    }
  }
  rule {
    action   = "allow"
    priority = 2147483647
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
  depends_on = [google_project_service.api]
}
