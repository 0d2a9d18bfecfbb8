"""Fills a lake as the template's log subscriptions and delivery streams do: from the functions' logs, into Parquet.

A thread of its own reads what the functions wrote into their logs, so no request waits for it. What it has read is
remembered beside the lake, and written down after the rows are: a stack that is killed at any moment adds every event
at least once.
"""
