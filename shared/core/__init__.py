"""What every domain may use: errors, configuration, time, ids, logs, documents, the task queue."""
