"""Mix: the builds of several runs as one."""
