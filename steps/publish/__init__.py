"""A build where others find it: on the Hugging Face Hub, in a directory, at a URL."""
