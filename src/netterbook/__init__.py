"""Recompute the published evidence on 177Lu-DOTATATE for neuroendocrine tumours.

Start from :func:`.build_ledger`: every printed number as a claim, with its checks and verdict.
"""
