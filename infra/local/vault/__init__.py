"""Cloud KMS and Secret Manager on one gRPC port."""
