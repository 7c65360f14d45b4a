"""What operators watch: metrics that Prometheus reads, and spans for whoever collects traces."""
