"""Export: a build in the files and with the configuration that a trainer takes as they are."""
