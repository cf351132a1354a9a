"""The Hugging Face Hub: one commit for a build, a tag for it, and nothing half done whatever breaks."""
