"""What an operator watches: figures for Prometheus, whether the process is well, a sign of life."""
