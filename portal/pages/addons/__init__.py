"""Add-ons: what buyers of a plan may take besides."""
