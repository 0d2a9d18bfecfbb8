"""What fulfils the ports: DynamoDB, Secrets Manager, the system clock, and an in-memory stand-in for tests."""
