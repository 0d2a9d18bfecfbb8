"""What an operator does to the state table: copy it out, put it back, look at a user, forget one.

Run as ``python -m operations``. It talks to the table of the AWS profile in use, or to wherever
``AWS_ENDPOINT_URL_DYNAMODB`` points: the local stack, for one.
"""
