"""What `frisksvar init` writes: the configuration file, secrets, and files for deployment."""
