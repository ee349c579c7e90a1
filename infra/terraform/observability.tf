# Metrics from events, alerts with their playbooks, absence of crons, the dashboard: all from ../alerts.yaml.

locals {
  watch     = yamldecode(file("${path.module}/../alerts.yaml"))
  events    = "resource.type=\"cloud_run_revision\" jsonPayload.event"
  userspace = "logging.googleapis.com/user"
}

resource "google_logging_metric" "event" {
  for_each = local.watch.metrics
  name     = each.key
  filter   = join(" ", compact(["${local.events}=\"${each.value.event}\"", try(each.value.where, "")]))

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = try(each.value.value, null) == null ? "INT64" : "DISTRIBUTION"
    unit         = try(each.value.unit, "1")
    display_name = each.value.says

    dynamic "labels" {
      for_each = toset(try(each.value.by, []))
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }
  value_extractor  = try("EXTRACT(jsonPayload.${each.value.value})", null)
  label_extractors = { for label in try(each.value.by, []) : label => "EXTRACT(jsonPayload.${label})" }

  dynamic "bucket_options" {
    for_each = try(each.value.value, null) == null ? [] : [1]
    content {
      exponential_buckets {
        num_finite_buckets = 64
        growth_factor      = 1.4
        scale              = 0.1
      }
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_monitoring_notification_channel" "email" {
  display_name = "on-call"
  type         = "email"
  labels       = { email_address = var.alert_email }
  depends_on   = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "alert" {
  for_each              = local.watch.alerts
  display_name          = each.value.says
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = each.key

    dynamic "condition_threshold" {
      for_each = try(each.value.absent, null) == null ? [1] : []
      content {
        filter          = "metric.type=\"${local.userspace}/${google_logging_metric.event[each.value.metric].name}\" resource.type=\"cloud_run_revision\""
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.above
        duration        = "0s"
        aggregations {
          alignment_period     = "${each.value.minutes * 60}s"
          per_series_aligner   = "ALIGN_SUM"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
    # A cron that does not run says nothing: its silence is the alarm.
    dynamic "condition_absent" {
      for_each = try(each.value.absent, null) == null ? [] : [1]
      content {
        filter   = "metric.type=\"${local.userspace}/${google_logging_metric.event[each.value.metric].name}\" resource.type=\"cloud_run_revision\""
        duration = "${each.value.minutes * 60}s"
        aggregations {
          alignment_period     = "60s"
          per_series_aligner   = "ALIGN_SUM"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }
  documentation {
    mime_type = "text/markdown"
    content   = file("${path.module}/../../docs/playbooks/${each.key}.md")
  }
}

resource "google_monitoring_dashboard" "main" {
  dashboard_json = file("${path.module}/dashboard.json")
  depends_on     = [google_logging_metric.event]
}
