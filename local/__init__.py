"""The whole service on one machine, built from ``template.yaml`` itself: ``python -m local``."""
