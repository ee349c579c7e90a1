"""A gRPC server for any google-cloud-* service, made from the client package's own messages."""
