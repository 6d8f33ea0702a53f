"""What a broker costs: the same job through ZeroMQ, D-Bus, RabbitMQ, Kafka, Redis, NATS and gRPC (docs/brokers.md)."""
