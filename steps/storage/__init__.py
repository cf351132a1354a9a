"""Object stores that speak S3: which URL, with which credentials, how patiently, and who holds what in them."""
