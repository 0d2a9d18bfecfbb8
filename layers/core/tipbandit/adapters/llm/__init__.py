"""Language models behind one port: Amazon Bedrock, an OpenAI-compatible gateway, and rules that are no model."""
