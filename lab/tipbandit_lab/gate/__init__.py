"""The promotion gate: may a candidate policy serve instead of the incumbent?"""
