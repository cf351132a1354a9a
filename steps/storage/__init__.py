"""Object stores that speak S3: where, with whose credentials, how patiently, and who holds what there."""
