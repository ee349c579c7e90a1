"""Cloud Storage on one machine: the JSON API that google-cloud-storage talks to, with real files on disk.

Why not gcp-storage-emulator (2026.7.19, its source read): it ignores preconditions, never applies lifecycle rules, and
answers a wrong checksum with 409 where the service says 400.
"""
